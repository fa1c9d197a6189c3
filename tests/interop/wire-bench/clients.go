package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // Registers the codec.
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Updates between two waits for all watches, well below the history of both servers.
const updatesInFlight = 100

// Watches that share a connection.
const watchesPerConnection = 100

func dial(socket string) (*grpc.ClientConn, error) {
	return grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
}

func itemID(index int) string { return fmt.Sprintf("item-%06d", index) }

// item is a resource of 113 bytes of metadata and content, of a type that no server knows.
func item(index, version int) *v1alpha1.Resource {
	now := timestamppb.New(time.Unix(1_700_000_000, 0))

	return &v1alpha1.Resource{
		Metadata: &v1alpha1.Metadata{
			Namespace: namespace,
			Type:      itemType,
			Id:        itemID(index),
			Version:   fmt.Sprint(version),
			Phase:     "running",
			Created:   now,
			Updated:   now,
		},
		Spec: &v1alpha1.Spec{
			ProtoSpec: []byte("\n\x07content\x10\x01"),
			YamlSpec:  "name: content\nok: true\n",
		},
	}
}

func load(ctx context.Context, socket string, count int) error {
	connection, err := dial(socket)
	if err != nil {
		return err
	}
	defer connection.Close() //nolint:errcheck

	client := v1alpha1.NewStateClient(connection)

	for index := range count {
		created := item(index, 1)
		created.Metadata.Version = "undefined"

		if _, err = client.Create(ctx, &v1alpha1.CreateRequest{Resource: created, Options: &v1alpha1.CreateOptions{}}); err != nil {
			return err
		}
	}

	return nil
}

// rawCodec leaves messages as they are: the clients share the machine with the server, and decoding is not measured.
type rawCodec struct{ encoding.CodecV2 }

type rawMessage struct{ bytes int }

// Unmarshal counts the bytes of a message and drops them.
func (rawCodec) Unmarshal(data mem.BufferSlice, v any) error {
	if message, ok := v.(*rawMessage); ok {
		message.bytes = data.Len()
	}

	return nil
}

// openWatches opens watches of the one kind, some to a connection, and waits until each is started.
func openWatches(ctx context.Context, socket string, count int) ([]grpc.ClientStream, error) {
	var connection *grpc.ClientConn

	streams := make([]grpc.ClientStream, 0, count)

	for index := range count {
		if index%watchesPerConnection == 0 {
			var err error
			if connection, err = dial(socket); err != nil {
				return nil, err
			}
		}

		stream, err := connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true},
			v1alpha1.State_Watch_FullMethodName, grpc.ForceCodecV2(rawCodec{encoding.GetCodecV2("proto")}))
		if err != nil {
			return nil, err
		}

		request := &v1alpha1.WatchRequest{Namespace: namespace, Type: itemType, ApiVersion: 1}
		if err = stream.SendMsg(request); err != nil {
			return nil, err
		}

		if err = stream.CloseSend(); err != nil {
			return nil, err
		}
		// The first message says that the watch is there.
		if err = stream.RecvMsg(&rawMessage{}); err != nil {
			return nil, err
		}

		streams = append(streams, stream)
	}

	return streams, nil
}

func watch(ctx context.Context, socket string, count, updates int) error {
	streams, err := openWatches(ctx, socket, count)
	if err != nil {
		return err
	}

	connection, err := dial(socket)
	if err != nil {
		return err
	}

	client := v1alpha1.NewStateClient(connection)
	start := time.Now()

	for done := 0; done < updates; done += updatesInFlight {
		round := min(updatesInFlight, updates-done)

		var (
			group  sync.WaitGroup
			failed = make(chan error, count)
		)

		for _, stream := range streams {
			group.Go(func() {
				for range round {
					if err := stream.RecvMsg(&rawMessage{}); err != nil {
						failed <- err

						return
					}
				}
			})
		}

		for index := range round {
			// The peer dies of absent options.
			update := &v1alpha1.UpdateRequest{NewResource: item(0, done+index+1), Options: &v1alpha1.UpdateOptions{}}
			if _, err = client.Update(ctx, update); err != nil {
				return err
			}
		}

		group.Wait()

		select {
		case err = <-failed:
			return err
		default:
		}
	}

	fmt.Println(float64(count*updates) / time.Since(start).Seconds())

	return nil
}

func idle(ctx context.Context, socket string, count int) error {
	streams, err := openWatches(ctx, socket, count)
	if err != nil {
		return err
	}

	fmt.Println("open")
	io.Copy(io.Discard, os.Stdin) //nolint:errcheck
	fmt.Fprintln(os.Stderr, len(streams), "watches held")

	return nil
}
