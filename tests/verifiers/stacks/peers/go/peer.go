// A TLS peer of crypto/tls. Arguments: "server" or "client", a directory, "1.2" or "1.3". A server demands a client
// certificate, prints its port and answers what it reads. A client reads a port a line, says a line to the server
// behind it, and prints what came of it.
package main

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	part, directory, version := os.Args[1], os.Args[2], os.Args[3]
	pem, err := os.ReadFile(filepath.Join(directory, "roots.pem"))
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{
		RootCAs:    roots,
		ClientCAs:  roots,
		ClientAuth: tls.RequireAndVerifyClientCert,
		ServerName: "leaf.example",
		MinVersion: tls.VersionTLS12,
		MaxVersion: tls.VersionTLS12,
	}
	if version == "1.3" {
		config.MinVersion, config.MaxVersion = tls.VersionTLS13, tls.VersionTLS13
	}
	if part == "server" {
		serve(config, directory)
		return
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		fmt.Println(strings.Join(strings.Fields(call(config, lines.Text())), " "))
	}
}

func serve(config *tls.Config, directory string) {
	own, err := tls.LoadX509KeyPair(filepath.Join(directory, "own.pem"), filepath.Join(directory, "own.key"))
	if err != nil {
		panic(err)
	}
	config.Certificates = []tls.Certificate{own}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err != nil {
			panic(err)
		}
		go func() {
			secured := tls.Server(connection, config)
			if secured.Handshake() == nil {
				buffer := make([]byte, 100)
				count, _ := secured.Read(buffer)
				secured.Write(buffer[:count])
			}
			secured.Close()
		}()
	}
}

func call(config *tls.Config, port string) string {
	secured, err := tls.Dial("tcp", "127.0.0.1:"+port, config)
	if err != nil {
		return err.Error()
	}
	defer secured.Close()
	fmt.Fprint(secured, "GET / HTTP/1.0\r\n\r\n")
	secured.Read(make([]byte, 100))
	return "closed"
}
