// A TLS server that demands a client certificate. Arguments: directory, "strict", "lax" or "asking", version "1.2"
// or "1.3". In "strict" crypto/tls verifies as it does by default; in "lax" the chain is verified for any purpose;
// "asking" takes a client without a certificate. Prints the port, then serves until it is killed.
package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
)

func main() {
	directory, mode, version := os.Args[1], os.Args[2], os.Args[3]
	certificate, err := tls.LoadX509KeyPair(
		filepath.Join(directory, "server.pem"), filepath.Join(directory, "server.key"))
	if err != nil {
		panic(err)
	}
	pem, err := os.ReadFile(filepath.Join(directory, "roots.pem"))
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	config := &tls.Config{
		Certificates: []tls.Certificate{certificate},
		ClientCAs:    roots,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MaxVersion:   tls.VersionTLS12,
	}
	if version == "1.3" {
		config.MinVersion, config.MaxVersion = tls.VersionTLS13, tls.VersionTLS13
	}
	if mode == "asking" {
		config.ClientAuth = tls.VerifyClientCertIfGiven
	}
	if mode == "lax" {
		config.ClientAuth = tls.RequireAnyClientCert
		config.VerifyPeerCertificate = func(chain [][]byte, _ [][]*x509.Certificate) error {
			leaf, err := x509.ParseCertificate(chain[0])
			if err != nil {
				return err
			}
			intermediates := x509.NewCertPool()
			for _, der := range chain[1:] {
				if issuer, err := x509.ParseCertificate(der); err == nil {
					intermediates.AddCert(issuer)
				}
			}
			_, err = leaf.Verify(x509.VerifyOptions{
				Roots:         roots,
				Intermediates: intermediates,
				KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageAny},
			})
			return err
		}
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
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
