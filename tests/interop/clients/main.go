// Command clients is grpc-go as a client of the state: it does each call that tests/judges/clients_test.ts compares and
// prints what came of them as one JSON object.
//
//	clients SOCKET NAMESPACE
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

const (
	itemType = "Items.judges.strata.dev"
	itemID   = "first"
	// All calls together; each takes milliseconds.
	timeout = 20 * time.Second
	// What a watch that begins with the contents says first: that it stands, the one resource, that this was all.
	firstMessages = 3
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintf(os.Stderr, "clients: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return fmt.Errorf("cannot run %q: see the comment on the package", args)
	}

	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()

	connection, err := grpc.NewClient("unix:"+args[0], grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		return err
	}
	defer connection.Close() //nolint:errcheck

	calls := calls{client: v1alpha1.NewStateClient(connection), namespace: args[1]}
	results := map[string]string{}

	for _, call := range []struct {
		name string
		act  func(context.Context) (string, error)
	}{
		{"Create", calls.create},
		{"Get", func(ctx context.Context) (string, error) { return calls.get(ctx, itemID) }},
		{"Get refused", func(ctx context.Context) (string, error) { return calls.get(ctx, "absent") }},
		{"List", calls.list},
		{"Watch", calls.watch},
		{"Update", calls.update},
	} {
		result, err := call.act(ctx)
		if err != nil {
			result = status.Code(err).String()
		}

		results[call.name] = result
	}

	return json.NewEncoder(os.Stdout).Encode(results)
}

type calls struct {
	client    v1alpha1.StateClient
	namespace string
}

func (c calls) item(version, content string) *v1alpha1.Resource {
	return &v1alpha1.Resource{
		Metadata: &v1alpha1.Metadata{
			Namespace: c.namespace,
			Type:      itemType,
			Id:        itemID,
			Version:   version,
			Phase:     "running",
		},
		Spec: &v1alpha1.Spec{YamlSpec: content},
	}
}

func (c calls) create(ctx context.Context) (string, error) {
	response, err := c.client.Create(ctx, &v1alpha1.CreateRequest{
		Resource: c.item("undefined", "before"),
		Options:  &v1alpha1.CreateOptions{},
	})
	if err != nil {
		return "", err
	}

	return "version " + response.GetResource().GetMetadata().GetVersion(), nil
}

func (c calls) get(ctx context.Context, id string) (string, error) {
	response, err := c.client.Get(ctx, &v1alpha1.GetRequest{Namespace: c.namespace, Type: itemType, Id: id})
	if err != nil {
		return "", err
	}

	return response.GetResource().GetSpec().GetYamlSpec(), nil
}

func (c calls) list(ctx context.Context) (string, error) {
	stream, err := c.client.List(ctx, &v1alpha1.ListRequest{Namespace: c.namespace, Type: itemType})
	if err != nil {
		return "", err
	}

	response, err := stream.Recv()
	if err != nil {
		return "", err
	}

	return response.GetResource().GetMetadata().GetId(), nil
}

func (c calls) watch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	stream, err := c.client.Watch(ctx, &v1alpha1.WatchRequest{
		Namespace:  c.namespace,
		Type:       itemType,
		Options:    &v1alpha1.WatchOptions{BootstrapContents: true},
		ApiVersion: 1,
	})
	if err != nil {
		return "", err
	}

	var seen []string

	for range firstMessages {
		response, err := stream.Recv()
		if err != nil {
			return "", err
		}

		kind := "ready"
		for _, event := range response.GetEvent() {
			kind = event.GetEventType().String()
		}

		seen = append(seen, kind)
	}

	return strings.Join(seen, " "), nil
}

func (c calls) update(ctx context.Context) (string, error) {
	response, err := c.client.Update(ctx, &v1alpha1.UpdateRequest{
		NewResource: c.item("1", "after"),
		Options:     &v1alpha1.UpdateOptions{},
	})
	if err != nil {
		return "", err
	}

	return "version " + response.GetResource().GetMetadata().GetVersion(), nil
}
