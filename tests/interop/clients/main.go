// Command clients is a client of the state that others made: it does each call that tests/judges/clients_test.ts compares
// and prints what came of them as one JSON object.
//
//	clients LIBRARY PLACE NAMESPACE
//
// LIBRARY is grpc-go, or a protocol of connect-go: connect, grpc, grpc-web. PLACE is a JSON object: its endpoint is
// unix:PATH (HTTP/2), http://HOST:PORT (HTTP/1.1, with a token; connect-go alone) or https://HOST:PORT (HTTP/2, with the
// paths ca, cert and key).
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
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

// stateClient is the state by any library.
type stateClient interface {
	create(context.Context, *v1alpha1.CreateRequest) (*v1alpha1.CreateResponse, error)
	get(context.Context, *v1alpha1.GetRequest) (*v1alpha1.GetResponse, error)
	update(context.Context, *v1alpha1.UpdateRequest) (*v1alpha1.UpdateResponse, error)
	// Streams give one message with each call of what they answer.
	list(context.Context, *v1alpha1.ListRequest) (func() (*v1alpha1.ListResponse, error), error)
	watch(context.Context, *v1alpha1.WatchRequest) (func() (*v1alpha1.WatchResponse, error), error)
	// code names what an error says, as gRPC does.
	code(error) string
}

func run(args []string) error {
	if len(args) != 3 {
		return fmt.Errorf("cannot run %q: see the comment on the package", args)
	}

	ctx, cancel := context.WithTimeout(context.Background(), timeout)
	defer cancel()

	var to place
	if err := json.Unmarshal([]byte(args[1]), &to); err != nil {
		return err
	}

	client, err := newClient(args[0], to)
	if err != nil {
		return err
	}

	calls := calls{client: client, namespace: args[2]}
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
			result = client.code(err)
		}

		results[call.name] = result
	}

	return json.NewEncoder(os.Stdout).Encode(results)
}

func newClient(library string, to place) (stateClient, error) {
	if library == "grpc-go" {
		return newGrpcGo(to)
	}

	return newConnectGo(library, to)
}

type calls struct {
	client    stateClient
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
	response, err := c.client.create(ctx, &v1alpha1.CreateRequest{
		Resource: c.item("undefined", "before"),
		Options:  &v1alpha1.CreateOptions{},
	})
	if err != nil {
		return "", err
	}

	return "version " + response.GetResource().GetMetadata().GetVersion(), nil
}

func (c calls) get(ctx context.Context, id string) (string, error) {
	response, err := c.client.get(ctx, &v1alpha1.GetRequest{Namespace: c.namespace, Type: itemType, Id: id})
	if err != nil {
		return "", err
	}

	return response.GetResource().GetSpec().GetYamlSpec(), nil
}

func (c calls) list(ctx context.Context) (string, error) {
	next, err := c.client.list(ctx, &v1alpha1.ListRequest{Namespace: c.namespace, Type: itemType})
	if err != nil {
		return "", err
	}

	response, err := next()
	if err != nil {
		return "", err
	}

	return response.GetResource().GetMetadata().GetId(), nil
}

func (c calls) watch(ctx context.Context) (string, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	next, err := c.client.watch(ctx, &v1alpha1.WatchRequest{
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
		response, err := next()
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
	response, err := c.client.update(ctx, &v1alpha1.UpdateRequest{
		NewResource: c.item("1", "after"),
		Options:     &v1alpha1.UpdateOptions{},
	})
	if err != nil {
		return "", err
	}

	return "version " + response.GetResource().GetMetadata().GetVersion(), nil
}
