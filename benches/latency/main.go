// Delays what clients send to a server by a fixed time, as a longer cable would: everything is late, nothing is slower.
//
// Only the way there is delayed, so an answer comes so much later than without, and its bytes go from socket to socket
// inside the kernel. A proxy that delays both ways, or copies bodies, takes from the processors that client and server share.
package main

import (
	"flag"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// piece is what arrived at once, and when it may go on.
type piece struct {
	due  time.Time
	data []byte
}

// buffers are reused: a new one for each piece would be most of this program's work.
var buffers = sync.Pool{New: func() any { return make([]byte, 128<<10) }}

func delay(up, down *net.TCPConn, by time.Duration) {
	pieces := make(chan piece, 1024)
	go func() {
		defer close(pieces)
		for {
			data := buffers.Get().([]byte)
			n, err := down.Read(data)
			if n > 0 {
				pieces <- piece{time.Now().Add(by), data[:n]}
			}
			if err != nil {
				return
			}
		}
	}()
	for next := range pieces {
		time.Sleep(time.Until(next.due))
		_, err := up.Write(next.data)
		buffers.Put(next.data[:cap(next.data)])
		if err != nil {
			down.Close()
		}
	}
	up.CloseWrite()
}

func serve(down *net.TCPConn, upstream string, by time.Duration) {
	defer down.Close()
	connection, err := net.Dial("tcp", upstream)
	if err != nil {
		return
	}
	up := connection.(*net.TCPConn)
	defer up.Close()
	go delay(up, down, by)
	io.Copy(down, up)
}

func main() {
	by := flag.Duration("delay", 20*time.Millisecond, "how much later requests arrive")
	upstream := flag.String("upstream", "", "HOST:PORT of the server")
	listen := flag.String("listen", "127.0.0.1:0", "HOST:PORT to listen at")
	flag.Parse()
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(listener.Addr())
	for {
		down, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		go serve(down.(*net.TCPConn), *upstream, *by)
	}
}
