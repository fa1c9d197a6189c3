package official

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cosi-project/runtime/api/v1alpha1"
)

func TestTrap14UpdatesThatChangeNothingCount(t *testing.T) {
	h := newHouse(t)
	stream := h.watch(nil, nil)
	h.create("a")
	next(t, stream, created)

	for i := range 3 {
		got, err := h.update(&v1alpha1.UpdateOptions{}, "a", withVersion(number(i+1)))
		require.NoError(t, err)
		assert.Equal(t, number(i+2), got.Metadata.Version)
		assert.Equal(t, number(i+2), next(t, stream, updated).Resource.Metadata.Version)
	}
}

func TestTrap15TeardownOfTheTornDownAsksForNoOwner(t *testing.T) {
	h := newHouse(t)
	_, err := h.tryCreate("x", "a")
	require.NoError(t, err)
	_, err = h.teardown("a", "y")
	h.code(codes.PermissionDenied, err)
	_, err = h.teardown("a", "x")
	require.NoError(t, err)

	ready, err := h.teardown("a", "y")
	require.NoError(t, err)
	assert.True(t, ready)
	assert.Equal(t, "2", h.get("a").Metadata.Version)
}

func TestTrap16Timestamps(t *testing.T) {
	h := newHouse(t)
	sent := &timestamppb.Timestamp{Seconds: 1_000_000_000, Nanos: 123_456_789}
	dated := func(r *v1alpha1.Resource) { r.Metadata.Created, r.Metadata.Updated = sent, sent }

	made := h.create("a", dated).Metadata
	assert.Greater(t, made.Created.Seconds, sent.Seconds, "the store says when it was made")
	assert.Equal(t, sent.AsTime(), made.Updated.AsTime(), "and leaves the other alone")

	changed, err := h.update(&v1alpha1.UpdateOptions{}, "a", dated, withVersion("1"))
	require.NoError(t, err)
	assert.Equal(t, made.Created.AsTime(), changed.Metadata.Created.AsTime())
	assert.False(t, changed.Metadata.Updated.AsTime().Before(made.Created.AsTime()))
}

func TestTrap17DestroyedCarriesTheLastResource(t *testing.T) {
	h := newHouse(t)
	stream := h.watch(ptr("a"), nil)
	next(t, stream, destroyed)
	h.create("a", withSpec([]byte("last")), withLabel("k", "v"))
	next(t, stream, created)
	require.NoError(t, h.destroy("a", ""), "in whatever phase")

	gone := next(t, stream, destroyed)
	assert.Equal(t, "1", gone.Resource.Metadata.Version)
	assert.Equal(t, "last", string(gone.Resource.Spec.ProtoSpec))
	assert.Equal(t, "v", gone.Resource.Metadata.Labels["k"])
	assert.Nil(t, gone.Old)
	assert.Equal(t, "1", h.create("a").Metadata.Version)
}
