package main

import (
	"context"
	"fmt"
	"io"

	"connectrpc.com/connect"
	"github.com/cosi-project/runtime/api/v1alpha1"
	"google.golang.org/grpc/codes"
)

const service = "/cosi.resource.State/"

type connectGo struct {
	creating *connect.Client[v1alpha1.CreateRequest, v1alpha1.CreateResponse]
	getting  *connect.Client[v1alpha1.GetRequest, v1alpha1.GetResponse]
	updating *connect.Client[v1alpha1.UpdateRequest, v1alpha1.UpdateResponse]
	listing  *connect.Client[v1alpha1.ListRequest, v1alpha1.ListResponse]
	watching *connect.Client[v1alpha1.WatchRequest, v1alpha1.WatchResponse]
}

func newConnectGo(protocol string, to place) (stateClient, error) {
	var options []connect.ClientOption

	switch protocol {
	case "connect":
	case "grpc":
		options = append(options, connect.WithGRPC())
	case "grpc-web":
		options = append(options, connect.WithGRPCWeb())
	default:
		return nil, fmt.Errorf("unknown library %q", protocol)
	}

	client, base, err := to.http()
	if err != nil {
		return nil, err
	}

	at := base + service
	// What only reads is asked for by GET, where the protocol has it.
	reading := append(options[:len(options):len(options)],
		connect.WithHTTPGet(), connect.WithIdempotency(connect.IdempotencyNoSideEffects))

	return connectGo{
		creating: connect.NewClient[v1alpha1.CreateRequest, v1alpha1.CreateResponse](client, at+"Create", options...),
		getting:  connect.NewClient[v1alpha1.GetRequest, v1alpha1.GetResponse](client, at+"Get", reading...),
		updating: connect.NewClient[v1alpha1.UpdateRequest, v1alpha1.UpdateResponse](client, at+"Update", options...),
		listing:  connect.NewClient[v1alpha1.ListRequest, v1alpha1.ListResponse](client, at+"List", options...),
		watching: connect.NewClient[v1alpha1.WatchRequest, v1alpha1.WatchResponse](client, at+"Watch", options...),
	}, nil
}

func (c connectGo) create(ctx context.Context, request *v1alpha1.CreateRequest) (*v1alpha1.CreateResponse, error) {
	return unary(ctx, c.creating, request)
}

func (c connectGo) get(ctx context.Context, request *v1alpha1.GetRequest) (*v1alpha1.GetResponse, error) {
	return unary(ctx, c.getting, request)
}

func (c connectGo) update(ctx context.Context, request *v1alpha1.UpdateRequest) (*v1alpha1.UpdateResponse, error) {
	return unary(ctx, c.updating, request)
}

func (c connectGo) list(
	ctx context.Context, request *v1alpha1.ListRequest,
) (func() (*v1alpha1.ListResponse, error), error) {
	return stream(ctx, c.listing, request)
}

func (c connectGo) watch(
	ctx context.Context, request *v1alpha1.WatchRequest,
) (func() (*v1alpha1.WatchResponse, error), error) {
	return stream(ctx, c.watching, request)
}

func (connectGo) code(err error) string {
	// Both number codes alike.
	return codes.Code(connect.CodeOf(err)).String()
}

func unary[Request, Response any](
	ctx context.Context, client *connect.Client[Request, Response], request *Request,
) (*Response, error) {
	response, err := client.CallUnary(ctx, connect.NewRequest(request))
	if err != nil {
		return nil, err
	}

	return response.Msg, nil
}

func stream[Request, Response any](
	ctx context.Context, client *connect.Client[Request, Response], request *Request,
) (func() (*Response, error), error) {
	stream, err := client.CallServerStream(ctx, connect.NewRequest(request))
	if err != nil {
		return nil, err
	}

	return func() (*Response, error) {
		if stream.Receive() {
			return stream.Msg(), nil
		}

		if err := stream.Err(); err != nil {
			return nil, err
		}

		return nil, io.EOF
	}, nil
}
