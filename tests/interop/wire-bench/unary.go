package main

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

const (
	// As h2load is run: connections, and calls in flight on each.
	connections = 8
	streams     = 8
	// Bytes of an answer's message, at least: a refusal has none, and would be the fastest of all answers.
	answerBytesMin = 100
	// Bytes that the server may send before it is told that it may send more.
	window       = 1 << 30
	bufferBytes  = 64 << 10
	unaryTimeout = 2 * time.Minute
)

// unary gets one resource again and again, as h2load does, which can show no certificate: frames by hand, since the client
// shares the machine with the server. The address is "unix:PATH", or "HOST:PORT" for TLS with the certificates of folder.
// Prints calls a second; half as many go before, unmeasured.
func unary(address, folder string, count int) error {
	config, err := clientConfig(address, folder)
	if err != nil {
		return err
	}

	clients := make([]*unaryClient, connections)

	for index := range clients {
		if clients[index], err = dialUnary(address, config); err != nil {
			return err
		}
		defer clients[index].conn.Close() //nolint:errcheck
	}

	if err = allOf(clients, max(count/2, 1)); err != nil {
		return err
	}

	start := time.Now()

	if err = allOf(clients, count); err != nil {
		return err
	}

	fmt.Println(float64(count) / time.Since(start).Seconds())

	return nil
}

func allOf(clients []*unaryClient, count int) error {
	var (
		group sync.WaitGroup
		left  atomic.Int64
		first atomic.Pointer[error]
	)

	left.Store(int64(count))

	for _, client := range clients {
		group.Go(func() {
			if err := client.run(&left); err != nil {
				first.Store(&err)
			}
		})
	}

	group.Wait()

	if err := first.Load(); err != nil {
		return *err
	}

	return nil
}

func clientConfig(address, folder string) (*tls.Config, error) {
	if strings.HasPrefix(address, "unix:") {
		return nil, nil //nolint:nilnil
	}

	pair, authorities, err := certificates(folder, "client")
	if err != nil {
		return nil, err
	}

	return &tls.Config{
		Certificates: []tls.Certificate{pair},
		RootCAs:      authorities,
		ServerName:   "localhost",
		NextProtos:   []string{http2.NextProtoTLS},
	}, nil
}

// certificates reads NAME.crt, NAME.key and ca.crt.
func certificates(folder, name string) (tls.Certificate, *x509.CertPool, error) {
	pair, err := tls.LoadX509KeyPair(filepath.Join(folder, name+".crt"), filepath.Join(folder, name+".key"))
	if err != nil {
		return pair, nil, err
	}

	text, err := os.ReadFile(filepath.Join(folder, "ca.crt"))
	if err != nil {
		return pair, nil, err
	}

	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(text) {
		return pair, nil, fmt.Errorf("%s has no authority", folder)
	}

	return pair, authorities, nil
}

// secureListener listens for callers with certificates of the folder's authority, on a free port of loopback.
func secureListener(folder string) (net.Listener, *tls.Config, error) {
	pair, authorities, err := certificates(folder, "server")
	if err != nil {
		return nil, nil, err
	}

	listener, err := net.Listen("tcp", "127.0.0.1:0")

	return listener, &tls.Config{
		Certificates: []tls.Certificate{pair},
		ClientCAs:    authorities,
		ClientAuth:   tls.RequireAndVerifyClientCert,
		MinVersion:   tls.VersionTLS12,
	}, err
}

type unaryClient struct {
	conn    net.Conn
	reader  *bufio.Reader
	writer  *bufio.Writer
	framer  *http2.Framer
	headers bytes.Buffer
	encoder *hpack.Encoder
	request []byte
	next    uint32
}

func dialUnary(address string, config *tls.Config) (*unaryClient, error) {
	conn, err := dialBytes(address, config)
	if err != nil {
		return nil, err
	}

	if err = conn.SetDeadline(time.Now().Add(unaryTimeout)); err != nil {
		return nil, err
	}

	request, err := framed(&v1alpha1.GetRequest{Namespace: namespace, Type: itemType, Id: itemID(0)})
	if err != nil {
		return nil, err
	}

	client := &unaryClient{
		conn:    conn,
		reader:  bufio.NewReaderSize(conn, bufferBytes),
		writer:  bufio.NewWriterSize(conn, bufferBytes),
		request: request,
		next:    1,
	}
	client.framer = http2.NewFramer(client.writer, client.reader)
	client.framer.SetReuseFrames()
	client.encoder = hpack.NewEncoder(&client.headers)

	if _, err = client.writer.WriteString(http2.ClientPreface); err != nil {
		return nil, err
	}

	if err = client.framer.WriteSettings(
		http2.Setting{ID: http2.SettingInitialWindowSize, Val: window},
		http2.Setting{ID: http2.SettingEnablePush, Val: 0},
	); err != nil {
		return nil, err
	}

	return client, client.framer.WriteWindowUpdate(0, window)
}

func dialBytes(address string, config *tls.Config) (net.Conn, error) {
	if path, isPath := strings.CutPrefix(address, "unix:"); isPath {
		return net.Dial("unix", path)
	}

	return tls.Dial("tcp", address, config)
}

// run takes calls until none is left, and returns when those in flight are answered.
func (client *unaryClient) run(left *atomic.Int64) error {
	inFlight, answered, bytesRead, unreported := 0, 0, 0, 0

	begin := func() error {
		if left.Add(-1) < 0 {
			return nil
		}

		inFlight++

		return client.call()
	}

	for range streams {
		if err := begin(); err != nil {
			return err
		}
	}

	for inFlight > 0 {
		// All that is to be said is said before more is waited for.
		if client.reader.Buffered() == 0 {
			if err := client.writer.Flush(); err != nil {
				return err
			}
		}

		frame, err := client.framer.ReadFrame()
		if err != nil {
			return err
		}

		ended, read, err := client.took(frame)
		if err != nil {
			return err
		}

		bytesRead += read

		if unreported += read; unreported > window/2 {
			if err = client.framer.WriteWindowUpdate(0, uint32(unreported)); err != nil { //nolint:gosec
				return err
			}

			unreported = 0
		}

		if !ended {
			continue
		}

		inFlight--
		answered++

		if err = begin(); err != nil {
			return err
		}
	}

	if bytesRead < answered*answerBytesMin {
		return fmt.Errorf("%d answers have %d bytes", answered, bytesRead)
	}

	return client.writer.Flush()
}

func (client *unaryClient) call() error {
	client.headers.Reset()

	for _, field := range []hpack.HeaderField{
		{Name: ":method", Value: "POST"},
		{Name: ":scheme", Value: "http"},
		{Name: ":path", Value: v1alpha1.State_Get_FullMethodName},
		{Name: ":authority", Value: "localhost"},
		{Name: "content-type", Value: "application/grpc"},
		{Name: "te", Value: "trailers"},
	} {
		if err := client.encoder.WriteField(field); err != nil {
			return err
		}
	}

	stream := client.next
	client.next += 2

	if err := client.framer.WriteHeaders(http2.HeadersFrameParam{
		StreamID:      stream,
		BlockFragment: client.headers.Bytes(),
		EndHeaders:    true,
	}); err != nil {
		return err
	}

	return client.framer.WriteData(stream, true, client.request)
}

// took looks at a frame: whether it ends a call, and how many bytes it has of an answer.
func (client *unaryClient) took(frame http2.Frame) (bool, int, error) {
	switch frame := frame.(type) {
	case *http2.DataFrame:
		return frame.StreamEnded(), len(frame.Data()), nil
	case *http2.HeadersFrame:
		return frame.StreamEnded(), 0, nil
	case *http2.SettingsFrame:
		if frame.IsAck() {
			return false, 0, nil
		}

		return false, 0, client.framer.WriteSettingsAck()
	case *http2.PingFrame:
		if frame.IsAck() {
			return false, 0, nil
		}

		return false, 0, client.framer.WritePing(true, frame.Data)
	case *http2.RSTStreamFrame:
		// Behind the end of an answer, where Go's server had not seen yet that the request was at its own.
		if frame.ErrCode == http2.ErrCodeNo {
			return false, 0, nil
		}

		return false, 0, fmt.Errorf("the server said %v: %v", frame, frame.ErrCode)
	case *http2.GoAwayFrame:
		return false, 0, fmt.Errorf("the server said %v: %v", frame, frame.ErrCode)
	default:
		return false, 0, nil
	}
}
