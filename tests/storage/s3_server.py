"""moto's S3 server with the bucket "zarrust"; prints its address, and ends when its standard input does."""

import sys
import urllib.request

from moto.server import ThreadedMotoServer

server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
endpoint = f"http://{host}:{port}"
urllib.request.urlopen(urllib.request.Request(f"{endpoint}/zarrust", method="PUT")).close()
print(endpoint, flush=True)
sys.stdin.read()
server.stop()
