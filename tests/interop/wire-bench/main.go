// Command wire-bench is the peer of tests/bench/wire.ts: the gRPC server of cosi-project/runtime, and the clients that put
// the same load on it and on ours.
//
//	wire-bench serve SOCKET [FOLDER]   serves an empty in-memory state until its standard input ends; with a folder of
//	                                   certificates also over mTLS, on a port that it prints
//	wire-bench load SOCKET COUNT       creates COUNT resources
//	wire-bench request KIND COUNT      writes a framed request of h2load to standard output: get or list
//	wire-bench watch SOCKET N UPDATES  delivers UPDATES events to each of N watches, and prints events a second
//	wire-bench unary ADDRESS FOLDER CALLS  gets one resource as h2load does, and prints calls a second
//	wire-bench calls SOCKET CALLS      gets one resource as tests/bench/client_load.mjs does, and prints the figures as JSON
//	wire-bench idle SOCKET N           opens N watches, prints "open", and holds them until its standard input ends
package main

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/impl/inmem"
	"github.com/cosi-project/runtime/pkg/state/impl/namespaced"
	"github.com/cosi-project/runtime/pkg/state/protobuf/server"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"
)

const (
	namespace = "bench"
	itemType  = "Items.bench.strata.dev"
	// Events: more than any load leaves undelivered, so that no watch is overrun.
	historyCapacity = 16_384
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "wire-bench: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	ctx := context.Background()

	switch {
	case len(args) == 2 && args[0] == "serve":
		return serve(args[1], "")
	case len(args) == 3 && args[0] == "serve":
		return serve(args[1], args[2])
	case len(args) == 4 && args[0] == "unary":
		return unary(args[1], args[2], number(args[3]))
	case len(args) == 3 && args[0] == "load":
		return load(ctx, args[1], number(args[2]))
	case len(args) == 3 && args[0] == "request":
		return request(args[1], number(args[2]))
	case len(args) == 4 && args[0] == "watch":
		return watch(ctx, args[1], number(args[2]), number(args[3]))
	case len(args) == 3 && args[0] == "calls":
		return calls(ctx, args[1], number(args[2]))
	case len(args) == 3 && args[0] == "idle":
		return idle(ctx, args[1], number(args[2]))
	default:
		return fmt.Errorf("cannot run %q: see the comment on the package", args)
	}
}

func number(text string) int {
	value, err := strconv.Atoi(text)
	if err != nil || value < 1 {
		panic(fmt.Sprintf("%q is no count", text))
	}

	return value
}

func serve(socket, folder string) error {
	build := inmem.NewStateWithOptions(
		inmem.WithHistoryInitialCapacity(historyCapacity),
		inmem.WithHistoryMaxCapacity(historyCapacity),
	)
	st := state.WrapCore(namespaced.NewState(func(ns string) state.CoreState { return build(ns) }))

	listener, err := net.Listen("unix", socket)
	if err != nil {
		return err
	}

	servers := []*grpc.Server{stateServer(st)}
	ended := make(chan error, 2)
	line := "listening"

	if folder != "" {
		secure, config, err := secureListener(folder)
		if err != nil {
			return err
		}

		secureServer := stateServer(st, grpc.Creds(credentials.NewTLS(config)))
		servers = append(servers, secureServer)

		go func() { ended <- secureServer.Serve(secure) }()

		line += fmt.Sprintf(" %d", secure.Addr().(*net.TCPAddr).Port) //nolint:forcetypeassert
	}

	go func() {
		io.Copy(io.Discard, os.Stdin) //nolint:errcheck

		for _, server := range servers {
			server.Stop()
		}
	}()

	fmt.Println(line)

	go func() { ended <- servers[0].Serve(listener) }()

	return <-ended
}

func stateServer(st state.State, options ...grpc.ServerOption) *grpc.Server {
	grpcServer := grpc.NewServer(options...)
	v1alpha1.RegisterStateServer(grpcServer, server.NewState(st))

	return grpcServer
}

func request(kind string, count int) error {
	var message proto.Message

	switch kind {
	case "get":
		message = &v1alpha1.GetRequest{Namespace: namespace, Type: itemType, Id: itemID(count / 2)}
	case "list":
		message = &v1alpha1.ListRequest{Namespace: namespace, Type: itemType}
	default:
		return fmt.Errorf("cannot make request %q: may be get or list", kind)
	}

	bytes, err := framed(message)
	if err != nil {
		return err
	}

	_, err = os.Stdout.Write(bytes)

	return err
}

// framed is a message as it travels.
func framed(message proto.Message) ([]byte, error) {
	body, err := proto.Marshal(message)
	if err != nil {
		return nil, err
	}

	prefix := binary.BigEndian.AppendUint32([]byte{0}, uint32(len(body))) //nolint:gosec

	return append(prefix, body...), nil
}
