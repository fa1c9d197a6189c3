package official

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosi-project/runtime/api/v1alpha1"
)

// A type that neither side knows: its spec is bytes.
const itemType = "Items.official.strata.dev"

type edit func(*v1alpha1.Resource)

// item is a resource as a client builds it.
func item(namespace, id string, edits ...edit) *v1alpha1.Resource {
	made := &v1alpha1.Resource{
		Metadata: &v1alpha1.Metadata{
			Namespace: namespace,
			Type:      itemType,
			Id:        id,
			Version:   "undefined",
			Phase:     "running",
		},
		Spec: &v1alpha1.Spec{},
	}

	for _, change := range edits {
		change(made)
	}

	return made
}

func withSpec(spec []byte) edit {
	return func(r *v1alpha1.Resource) { r.Spec.ProtoSpec = spec }
}

func withVersion(version string) edit {
	return func(r *v1alpha1.Resource) { r.Metadata.Version = version }
}

func withPhase(phase string) edit {
	return func(r *v1alpha1.Resource) { r.Metadata.Phase = phase }
}

func withOwner(owner string) edit {
	return func(r *v1alpha1.Resource) { r.Metadata.Owner = owner }
}

func withFinalizers(finalizers ...string) edit {
	return func(r *v1alpha1.Resource) { r.Metadata.Finalizers = finalizers }
}

func withLabel(key, value string) edit {
	return func(r *v1alpha1.Resource) {
		if r.Metadata.Labels == nil {
			r.Metadata.Labels = map[string]string{}
		}

		r.Metadata.Labels[key] = value
	}
}

// house is one namespace of the shared server.
type house struct {
	*testing.T
	ctx       context.Context
	api       v1alpha1.StateClient
	namespace string
}

func newHouse(t *testing.T) house {
	t.Helper()

	return house{T: t, ctx: limited(t), api: raw(t), namespace: t.Name()}
}

func (h house) create(id string, edits ...edit) *v1alpha1.Resource {
	h.Helper()

	answer, err := h.tryCreate("", id, edits...)
	require.NoError(h, err)

	return answer
}

func (h house) tryCreate(owner, id string, edits ...edit) (*v1alpha1.Resource, error) {
	answer, err := h.api.Create(h.ctx, &v1alpha1.CreateRequest{
		Resource: item(h.namespace, id, edits...),
		Options:  &v1alpha1.CreateOptions{Owner: owner},
	})

	return answer.GetResource(), err
}

func (h house) update(options *v1alpha1.UpdateOptions, id string, edits ...edit) (*v1alpha1.Resource, error) {
	answer, err := h.api.Update(h.ctx, &v1alpha1.UpdateRequest{
		NewResource: item(h.namespace, id, edits...),
		Options:     options,
	})

	return answer.GetResource(), err
}

func (h house) get(id string) *v1alpha1.Resource {
	h.Helper()

	answer, err := h.api.Get(h.ctx, &v1alpha1.GetRequest{Namespace: h.namespace, Type: itemType, Id: id})
	require.NoError(h, err)

	return answer.Resource
}

func (h house) teardown(id, owner string) (bool, error) {
	answer, err := h.api.Teardown(h.ctx, &v1alpha1.TeardownRequest{
		Namespace: h.namespace, Type: itemType, Id: id, Options: &v1alpha1.TeardownOptions{Owner: owner},
	})

	return answer.GetDestroyReady(), err
}

func (h house) destroy(id, owner string) error {
	_, err := h.api.Destroy(h.ctx, &v1alpha1.DestroyRequest{
		Namespace: h.namespace, Type: itemType, Id: id, Options: &v1alpha1.DestroyOptions{Owner: owner},
	})

	return err
}

func (h house) teardownAndDestroy(id, owner string) error {
	_, err := h.api.TeardownAndDestroy(h.ctx, &v1alpha1.TeardownAndDestroyRequest{
		Namespace: h.namespace, Type: itemType, Id: id, Options: &v1alpha1.TeardownAndDestroyOptions{Owner: owner},
	})

	return err
}

// ids of what a list answers, in its order.
func (h house) ids(options *v1alpha1.ListOptions) ([]string, error) {
	stream, err := h.api.List(h.ctx, &v1alpha1.ListRequest{Namespace: h.namespace, Type: itemType, Options: options})
	require.NoError(h, err)

	ids := []string{}

	for {
		answer, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return ids, nil
		}

		if err != nil {
			return nil, err
		}

		ids = append(ids, answer.Resource.Metadata.Id)
	}
}

// matching is the ids that a term finds.
func (h house) matching(term *v1alpha1.LabelTerm) []string {
	h.Helper()

	ids, err := h.ids(&v1alpha1.ListOptions{LabelQuery: []*v1alpha1.LabelQuery{{Terms: []*v1alpha1.LabelTerm{term}}}})
	require.NoError(h, err)

	return ids
}

// watch opens a watch of the kind, or of a resource where there is an id.
func (h house) watch(id *string, options *v1alpha1.WatchOptions) v1alpha1.State_WatchClient {
	h.Helper()

	return watching(h.ctx, h.T, h.api, &v1alpha1.WatchRequest{
		Namespace: h.namespace, Type: itemType, Id: id, Options: options, ApiVersion: 1,
	})
}

// refused is the code of a watch that never stands.
func (h house) refused(id *string, options *v1alpha1.WatchOptions) codes.Code {
	h.Helper()

	stream, err := h.api.Watch(h.ctx, &v1alpha1.WatchRequest{
		Namespace: h.namespace, Type: itemType, Id: id, Options: options, ApiVersion: 1,
	})
	require.NoError(h, err)

	_, err = stream.Recv()

	return status.Code(err)
}

func (h house) code(want codes.Code, err error) {
	h.Helper()
	assert.Equal(h, want, status.Code(err), "%v", err)
}

// watching opens a watch and takes the message that says that it stands.
func watching(
	ctx context.Context, t *testing.T, api v1alpha1.StateClient, request *v1alpha1.WatchRequest,
) v1alpha1.State_WatchClient {
	t.Helper()

	stream, err := api.Watch(ctx, request)
	require.NoError(t, err)

	message, err := stream.Recv()
	require.NoError(t, err)
	require.Empty(t, message.Event, "the first message says only that the watch stands")

	return stream
}

// next is the only event of the next message.
func next(t *testing.T, stream v1alpha1.State_WatchClient, want v1alpha1.EventType) *v1alpha1.Event {
	t.Helper()

	message, err := stream.Recv()
	require.NoError(t, err)
	require.Len(t, message.Event, 1)
	require.Equal(t, want, message.Event[0].EventType)

	return message.Event[0]
}
