package official

import (
	"bytes"
	"context"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/cosi-project/runtime/api/v1alpha1"
)

func number(value int) string { return strconv.Itoa(value) }

func TestTrap20LagEndsInOneError(t *testing.T) {
	h := newHouse(t)
	h.create("a")

	// A reader with the smallest windows, who does not read.
	slow := v1alpha1.NewStateClient(dial(t, shared.steady, grpc.WithStaticStreamWindowSize(65_535), grpc.WithStaticConnWindowSize(65_535)))
	ctx, leave := context.WithCancel(h.ctx)
	defer leave()

	stream := watching(ctx, t, slow, &v1alpha1.WatchRequest{Namespace: h.namespace, Type: itemType, ApiVersion: 1})
	spec := withSpec(bytes.Repeat([]byte{1}, 16<<10))

	const writes = 400

	for i := range writes {
		_, err := h.update(&v1alpha1.UpdateOptions{}, "a", spec, withVersion(number(i+1)))
		require.NoError(t, err)
	}

	for i := 1; ; i++ {
		message, err := stream.Recv()
		require.NoError(t, err)
		require.Len(t, message.Event, 1)

		event := message.Event[0]
		if event.EventType == errored {
			require.Less(t, i, writes)
			assert.NotEmpty(t, event.GetError())
			assert.Nil(t, event.Resource)
			assert.Nil(t, event.Bookmark)

			break
		}

		require.Equal(t, updated, event.EventType)
		require.Equal(t, number(i+1), event.Resource.Metadata.Version, "what came before is whole")
	}

	// The server says nothing more and leaves the stream to its client.
	ended := make(chan error, 1)

	go func() {
		_, err := stream.Recv()
		ended <- err
	}()

	_, err := slow.Get(h.ctx, &v1alpha1.GetRequest{Namespace: h.namespace, Type: itemType, Id: "a"})
	require.NoError(t, err)
	leave()
	assert.Equal(t, codes.Canceled, status.Code(<-ended))
}

func TestTrap20LagOfAnOldClient(t *testing.T) {
	h := newHouse(t)
	h.create("a")

	slow := v1alpha1.NewStateClient(dial(t, shared.steady, grpc.WithStaticStreamWindowSize(65_535), grpc.WithStaticConnWindowSize(65_535)))
	stream := watching(h.ctx, t, slow, &v1alpha1.WatchRequest{Namespace: h.namespace, Type: itemType})

	for i := range 400 {
		_, err := h.update(&v1alpha1.UpdateOptions{}, "a", withSpec(bytes.Repeat([]byte{1}, 16<<10)), withVersion(number(i+1)))
		require.NoError(t, err)
	}

	for {
		message, err := stream.Recv()
		if err != nil {
			assert.Equal(t, codes.ResourceExhausted, status.Code(err), "who is told nothing of errors learns of the end by the status")

			return
		}

		for _, event := range message.Event {
			require.NotEqual(t, errored, event.EventType)
		}
	}
}

func TestTrap20WindowOfBookmarks(t *testing.T) {
	h := newHouse(t)
	stream := h.watch(nil, &v1alpha1.WatchOptions{BootstrapBookmark: true})
	first := next(t, stream, noop).Bookmark
	h.create("a")

	second := next(t, stream, created).Bookmark
	from := func(bookmark []byte) *v1alpha1.WatchOptions {
		return &v1alpha1.WatchOptions{StartFromBookmark: bookmark}
	}

	next(t, h.watch(nil, from(first)), created)

	// Of another kind, it is none.
	other := h
	other.namespace += "-other"
	assert.Equal(t, codes.FailedPrecondition, other.refused(nil, from(second)))

	for i := range 300 {
		_, err := h.update(&v1alpha1.UpdateOptions{}, "a", withVersion(number(i+1)))
		require.NoError(t, err)

		event := next(t, stream, updated)
		if i == 299 {
			_, err = h.update(&v1alpha1.UpdateOptions{}, "a", withVersion("301"))
			require.NoError(t, err)
			assert.Equal(t, "302", next(t, h.watch(nil, from(event.Bookmark)), updated).Resource.Metadata.Version)
		}
	}

	assert.Equal(t, codes.FailedPrecondition, h.refused(nil, from(second)), "it is too old")
}

func TestOldClientsGetNoopAlone(t *testing.T) {
	h := newHouse(t)
	h.create("a")

	request := func(options *v1alpha1.WatchOptions) *v1alpha1.WatchRequest {
		return &v1alpha1.WatchRequest{Namespace: h.namespace, Type: itemType, Options: options}
	}

	next(t, watching(h.ctx, t, h.api, request(&v1alpha1.WatchOptions{BootstrapBookmark: true})), noop)

	single := watching(h.ctx, t, h.api, request(&v1alpha1.WatchOptions{BootstrapContents: true}))
	next(t, single, created)

	batches := watching(h.ctx, t, h.api, request(&v1alpha1.WatchOptions{BootstrapContents: true, Aggregated: true}))
	next(t, batches, created)

	empty := watching(h.ctx, t, h.api, request(&v1alpha1.WatchOptions{
		BootstrapContents: true, Aggregated: true, IdQuery: &v1alpha1.IDQuery{Regexp: "none"},
	}))
	message, err := empty.Recv()
	require.NoError(t, err)
	assert.Empty(t, message.Event, "a batch of which nothing is left is sent all the same")

	h.create("b")
	next(t, single, created)
	next(t, batches, created)
}

func TestAggregatedBatchesKeepOrder(t *testing.T) {
	h := newHouse(t)
	for i := range 5 {
		h.create(number(i))
	}

	message, err := h.watch(nil, &v1alpha1.WatchOptions{BootstrapContents: true, Aggregated: true}).Recv()
	require.NoError(t, err)
	require.Len(t, message.Event, 6)

	for i, event := range message.Event[:5] {
		assert.Equal(t, number(i), event.Resource.Metadata.Id)
		assert.Equal(t, created, event.EventType)
		assert.Nil(t, event.Bookmark)
	}

	assert.Equal(t, bootstrapped, message.Event[5].EventType)
	assert.Empty(t, message.Event[5].Resource.Metadata.Id)
	assert.Equal(t, itemType, message.Event[5].Resource.Metadata.Type)

	stream := h.watch(nil, &v1alpha1.WatchOptions{TailEvents: 2})
	for _, id := range []string{"3", "4"} {
		assert.Equal(t, id, next(t, stream, created).Resource.Metadata.Id)
	}

	ids, err := h.ids(&v1alpha1.ListOptions{LabelQuery: []*v1alpha1.LabelQuery{{}}})
	require.NoError(t, err)
	assert.Len(t, ids, 5, "a query without terms matches everything")
}
