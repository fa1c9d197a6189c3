package main

import (
	"context"
	"errors"
	"strings"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
)

type grpcGo struct {
	client v1alpha1.StateClient
}

func newGrpcGo(to place) (stateClient, error) {
	target, secrets := to.Endpoint, insecure.NewCredentials()

	if to.socket() == "" {
		host, isSecure := strings.CutPrefix(to.Endpoint, "https://")
		if !isSecure {
			return nil, errors.New("gRPC is not spoken on HTTP/1.1")
		}

		config, err := to.tls()
		if err != nil {
			return nil, err
		}

		target, secrets = host, credentials.NewTLS(config)
	}

	connection, err := grpc.NewClient(target, grpc.WithTransportCredentials(secrets))
	if err != nil {
		return nil, err
	}

	return grpcGo{client: v1alpha1.NewStateClient(connection)}, nil
}

func (g grpcGo) create(ctx context.Context, request *v1alpha1.CreateRequest) (*v1alpha1.CreateResponse, error) {
	return g.client.Create(ctx, request)
}

func (g grpcGo) get(ctx context.Context, request *v1alpha1.GetRequest) (*v1alpha1.GetResponse, error) {
	return g.client.Get(ctx, request)
}

func (g grpcGo) update(ctx context.Context, request *v1alpha1.UpdateRequest) (*v1alpha1.UpdateResponse, error) {
	return g.client.Update(ctx, request)
}

func (g grpcGo) list(
	ctx context.Context, request *v1alpha1.ListRequest,
) (func() (*v1alpha1.ListResponse, error), error) {
	stream, err := g.client.List(ctx, request)
	if err != nil {
		return nil, err
	}

	return stream.Recv, nil
}

func (g grpcGo) watch(
	ctx context.Context, request *v1alpha1.WatchRequest,
) (func() (*v1alpha1.WatchResponse, error), error) {
	stream, err := g.client.Watch(ctx, request)
	if err != nil {
		return nil, err
	}

	return stream.Recv, nil
}

func (grpcGo) code(err error) string {
	return status.Code(err).String()
}
