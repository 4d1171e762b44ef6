// Reads the listing of cases and prints what crypto/x509 answers in both roles.
package main

import (
	"bufio"
	"crypto/x509"
	"fmt"
	"os"
	"strings"
	"time"
)

func main() {
	listing, err := os.Open(os.Args[1])
	if err != nil {
		panic(err)
	}
	lines := bufio.NewScanner(listing)
	for lines.Scan() {
		fields := strings.Split(lines.Text(), "\t")
		for role, usage := range map[string]x509.ExtKeyUsage{
			"client": x509.ExtKeyUsageClientAuth,
			"server": x509.ExtKeyUsageServerAuth,
		} {
			outcome, said := "accept", ""
			if err := ask(fields, usage); err != nil {
				outcome, said = "refuse", strings.Join(strings.Fields(err.Error()), " ")
			}
			fmt.Printf("%s\t%s\t%s\t%s\n", fields[0], role, outcome, said)
		}
	}
}

func ask(fields []string, usage x509.ExtKeyUsage) error {
	options := x509.VerifyOptions{
		Roots:         x509.NewCertPool(),
		Intermediates: x509.NewCertPool(),
		CurrentTime:   time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC),
		KeyUsages:     []x509.ExtKeyUsage{usage},
	}
	root, err := read(fields[1])
	if err != nil {
		return err
	}
	options.Roots.AddCert(root)
	leaf, err := read(fields[2])
	if err != nil {
		return err
	}
	for _, file := range fields[3:] {
		issuer, err := read(file)
		if err != nil {
			return err
		}
		options.Intermediates.AddCert(issuer)
	}
	_, err = leaf.Verify(options)
	return err
}

func read(file string) (*x509.Certificate, error) {
	der, err := os.ReadFile(file)
	if err != nil {
		panic(err)
	}
	return x509.ParseCertificate(der)
}
