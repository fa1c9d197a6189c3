package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"os"
)

// place is where a machine listens, and who asks.
type place struct {
	Endpoint string `json:"endpoint"`
	CA       string `json:"ca"`
	Cert     string `json:"cert"`
	Key      string `json:"key"`
}

// tls is how a machine and its client know each other.
func (p place) tls() (*tls.Config, error) {
	authorities, err := os.ReadFile(p.CA)
	if err != nil {
		return nil, err
	}

	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(authorities) {
		return nil, errors.New("there is no certificate in " + p.CA)
	}

	config := &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	if p.Cert == "" {
		return config, nil
	}

	pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	if err != nil {
		return nil, err
	}

	// Shown even where the machine says that it knows no such authority.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &pair, nil
	}

	return config, nil
}
