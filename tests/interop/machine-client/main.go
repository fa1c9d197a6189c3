// Command machine-client makes one call of machine.MachineService over mutual TLS, by the stubs that Go's own generators
// make of proto/machine, and prints what came of it as one JSON object: the code, what was said of a refusal, and every
// message that came before the stream's end, one for a call that answers one.
//
//	machine-client PLACE METHOD REQUEST
//
// PLACE is a JSON object: its endpoint is https://HOST:PORT, ca the path of the authority; cert and key are the paths of
// the caller's pair, both absent for a caller without one. REQUEST is the method's message in protobuf's JSON.
//
// The stubs are no part of the checkout: tests/vm/machine_stubs.ts has them generated.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/emptypb"

	"strata/interop/machine-client/stubs/machine"
)

// An emulated machine on a busy host takes seconds for a handshake.
const timeout = 60 * time.Second

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "machine-client: %v\n", err)
		os.Exit(1)
	}
}

// outcome is what is printed.
type outcome struct {
	Code     string            `json:"code"`
	Said     string            `json:"said"`
	Messages []json.RawMessage `json:"messages"`
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("cannot run %q: see the comment on the package", args)
	}

	var to place
	if err := json.Unmarshal([]byte(args[0]), &to); err != nil {
		return err
	}

	config, err := to.tls()
	if err != nil {
		return err
	}

	address := strings.TrimPrefix(to.Endpoint, "https://")

	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	if err != nil {
		return err
	}
	defer connection.Close()

	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()

	call := caller{client: machine.NewMachineServiceClient(connection), request: []byte(args[2])}

	messages, err := call.make(ctx, args[1])
	if errors.As(err, &unreadable{}) {
		return err
	}

	made := outcome{Code: status.Code(err).String(), Messages: []json.RawMessage{}}
	if err != nil {
		made.Said = status.Convert(err).Message()
	}

	for _, message := range messages {
		// What is not there is shown, as null or as its default.
		text, err := protojson.MarshalOptions{EmitUnpopulated: true}.Marshal(message)
		if err != nil {
			return err
		}

		made.Messages = append(made.Messages, text)
	}

	return json.NewEncoder(os.Stdout).Encode(made)
}

// unreadable is what cannot be asked, by name or by content.
type unreadable struct {
	error
}

type caller struct {
	client  machine.MachineServiceClient
	request []byte
}

// make calls the method. Its error is the call's own, or unreadable.
func (c caller) make(ctx context.Context, method string) ([]proto.Message, error) {
	switch method {
	case "Version":
		return unary(ctx, c, c.client.Version, &emptypb.Empty{})
	case "Mounts":
		return unary(ctx, c, c.client.Mounts, &emptypb.Empty{})
	case "Reboot":
		return unary(ctx, c, c.client.Reboot, &machine.RebootRequest{})
	case "Shutdown":
		return unary(ctx, c, c.client.Shutdown, &machine.ShutdownRequest{})
	case "Read":
		return stream(ctx, c, c.client.Read, &machine.ReadRequest{})
	case "List":
		return stream(ctx, c, c.client.List, &machine.ListRequest{})
	default:
		return nil, unreadable{fmt.Errorf("there is no method %q", method)}
	}
}

// message is a pointer to a message's struct, as the stubs have them.
type message[Of any] interface {
	*Of
	proto.Message
}

func unary[Request, Response proto.Message](
	ctx context.Context, c caller,
	call func(context.Context, Request, ...grpc.CallOption) (Response, error), request Request,
) ([]proto.Message, error) {
	if err := protojson.Unmarshal(c.request, request); err != nil {
		return nil, unreadable{err}
	}

	response, err := call(ctx, request)
	if err != nil {
		return nil, err
	}

	return []proto.Message{response}, nil
}

// stream reads to the end: without an error, io.EOF was read.
func stream[Request proto.Message, Of any, Response message[Of]](
	ctx context.Context, c caller,
	call func(context.Context, Request, ...grpc.CallOption) (grpc.ServerStreamingClient[Of], error), request Request,
) ([]proto.Message, error) {
	if err := protojson.Unmarshal(c.request, request); err != nil {
		return nil, unreadable{err}
	}

	responses, err := call(ctx, request)
	if err != nil {
		return nil, err
	}

	var messages []proto.Message

	for {
		response, err := responses.Recv()

		switch {
		case errors.Is(err, io.EOF):
			return messages, nil
		case err != nil:
			return messages, err
		}

		messages = append(messages, Response(response))
	}
}
