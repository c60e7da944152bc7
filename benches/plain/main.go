// Serves a folder as S3 buckets and does as little as that takes: no signature is verified, no checksum made.
//
// A gateway that does both spends several times what a client spends, on the processors that they share here; with this
// server a measurement is one of the clients. Every request is answered so much later than it came.
package main

import (
	"bufio"
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"time"
)

var made atomic.Int64

// refuse answers with an error as S3 words it.
func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, code)
}

func get(w http.ResponseWriter, r *http.Request, path string) {
	file, err := os.Open(path)
	if err == nil {
		defer file.Close()
		var info fs.FileInfo
		if info, err = file.Stat(); err == nil && !info.IsDir() {
			w.Header().Set("ETag", fmt.Sprintf("\"%x-%x\"", info.ModTime().UnixNano(), info.Size()))
			w.Header().Set("Content-Type", "binary/octet-stream")
			http.ServeContent(w, r, "", info.ModTime(), file)
			return
		}
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		refuse(w, http.StatusInternalServerError, "InternalError")
		return
	}
	refuse(w, http.StatusNotFound, "NoSuchKey")
}

// unchunked writes what lies in the chunks of "aws-chunked": each has a line with its length, and an empty one ends them.
func unchunked(to io.Writer, from *bufio.Reader) error {
	for {
		line, err := from.ReadString('\n')
		if err != nil {
			return err
		}
		length, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		size, err := strconv.ParseInt(length, 16, 64)
		if err != nil || size == 0 {
			return err
		}
		if _, err = io.CopyN(to, from, size); err != nil {
			return err
		}
		if _, err = from.Discard(2); err != nil {
			return err
		}
	}
}

func put(w http.ResponseWriter, r *http.Request, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	part := fmt.Sprintf("%s.%d.part", path, made.Add(1))
	file, err := os.Create(part)
	if err != nil {
		return err
	}
	defer file.Close()
	if strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") {
		err = unchunked(file, bufio.NewReader(r.Body))
	} else {
		_, err = file.ReadFrom(r.Body)
	}
	if err != nil {
		return err
	}
	if r.Header.Get("If-None-Match") == "*" {
		err = os.Link(part, path)
		os.Remove(part)
		if errors.Is(err, fs.ErrExist) {
			refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
			return nil
		}
	} else {
		err = os.Rename(part, path)
	}
	if err != nil {
		return err
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	w.Header().Set("ETag", fmt.Sprintf("\"%x-%x\"", info.ModTime().UnixNano(), info.Size()))
	w.WriteHeader(http.StatusOK)
	return nil
}

// assemble makes an object of the parts of an upload, which lie beside it under their numbers.
func assemble(path, upload string) error {
	whole, err := os.Create(path + "." + upload)
	if err != nil {
		return err
	}
	defer whole.Close()
	for number := 1; ; number++ {
		name := fmt.Sprintf("%s.%s.%d", path, upload, number)
		part, err := os.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			return os.Rename(whole.Name(), path)
		}
		if err != nil {
			return err
		}
		_, err = whole.ReadFrom(part)
		part.Close()
		os.Remove(name)
		if err != nil {
			return err
		}
	}
}

func post(w http.ResponseWriter, r *http.Request, path string) {
	if r.URL.Query().Has("uploads") {
		fmt.Fprintf(w, "<InitiateMultipartUploadResult><UploadId>%d</UploadId></InitiateMultipartUploadResult>", made.Add(1))
		return
	}
	io.Copy(io.Discard, r.Body)
	if upload := r.URL.Query().Get("uploadId"); upload == "" || assemble(path, upload) != nil {
		refuse(w, http.StatusInternalServerError, "InternalError")
		return
	}
	fmt.Fprintf(w, "<CompleteMultipartUploadResult><ETag>\"%d\"</ETag></CompleteMultipartUploadResult>", made.Add(1))
}

func main() {
	delay := flag.Duration("delay", 20*time.Millisecond, "how much later requests are answered")
	folder := flag.String("folder", "", "where the buckets are")
	flag.Parse()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	handler := func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(*delay)
		path := filepath.Join(*folder, filepath.Clean("/"+r.URL.Path))
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			get(w, r, path)
		case http.MethodPost:
			post(w, r, path)
		case http.MethodPut:
			if query := r.URL.Query(); query.Has("uploadId") {
				path += "." + query.Get("uploadId") + "." + query.Get("partNumber")
			}
			if put(w, r, path) != nil {
				refuse(w, http.StatusInternalServerError, "InternalError")
			}
		default:
			refuse(w, http.StatusNotImplemented, "NotImplemented")
		}
	}
	fmt.Fprintln(os.Stderr, http.Serve(listener, http.HandlerFunc(handler)))
	os.Exit(1)
}
