package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"strings"

	"golang.org/x/net/http2"
)

// place is where a machine listens, and who asks.
type place struct {
	Endpoint string `json:"endpoint"`
	Token    string `json:"token"`
	CA       string `json:"ca"`
	Cert     string `json:"cert"`
	Key      string `json:"key"`
}

// socket is the path of a unix socket, empty where it is none.
func (p place) socket() string {
	path, isUnix := strings.CutPrefix(p.Endpoint, "unix:")
	if !isUnix {
		return ""
	}

	return path
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

	pair, err := tls.LoadX509KeyPair(p.Cert, p.Key)
	if err != nil {
		return nil, err
	}

	return &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}, nil
}

// http is a client of the place, and what the addresses of its requests begin with.
func (p place) http() (*http.Client, string, error) {
	switch {
	case p.socket() != "":
		transport := &http2.Transport{
			AllowHTTP: true,
			DialTLSContext: func(ctx context.Context, _, _ string, _ *tls.Config) (net.Conn, error) {
				return (&net.Dialer{}).DialContext(ctx, "unix", p.socket())
			},
		}

		return &http.Client{Transport: transport}, "http://localhost", nil
	case strings.HasPrefix(p.Endpoint, "https:"):
		config, err := p.tls()
		if err != nil {
			return nil, "", err
		}

		return &http.Client{Transport: &http2.Transport{TLSClientConfig: config}}, p.Endpoint, nil
	default:
		return &http.Client{Transport: authorized{token: p.Token}}, p.Endpoint, nil
	}
}

// authorized sends a token with each request, over HTTP/1.1.
type authorized struct {
	token string
}

func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+a.token)

	return http.DefaultTransport.RoundTrip(request)
}
