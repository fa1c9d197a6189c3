package official

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/resource/protobuf"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/conformance"
)

func TestTeardownRoundtrip(t *testing.T) {
	ctx := limited(t)
	st := adapter(t, shared.steady)

	free, held := conformance.NewPathResource(t.Name(), "free"), conformance.NewPathResource(t.Name(), "held")
	held.Metadata().Finalizers().Add("fin")

	for r, ready := range map[*conformance.PathResource]bool{free: true, held: false} {
		require.NoError(t, st.Create(ctx, r))

		for range 2 {
			got, err := st.Teardown(ctx, r.Metadata())
			require.NoError(t, err)
			assert.Equal(t, ready, got)
		}

		got, err := st.Get(ctx, r.Metadata())
		require.NoError(t, err)
		assert.Equal(t, resource.PhaseTearingDown, got.Metadata().Phase())
		assert.Equal(t, "2", got.Metadata().Version().String(), "tearing down again writes nothing")
	}

	_, err := st.Teardown(ctx, conformance.NewPathResource(t.Name(), "none").Metadata())
	assert.True(t, state.IsNotFoundError(err), "%v", err)
}

func TestTeardownAndDestroyRoundtrip(t *testing.T) {
	ctx := limited(t)
	st := adapter(t, shared.steady)

	free, held := conformance.NewPathResource(t.Name(), "free"), conformance.NewPathResource(t.Name(), "held")

	require.NoError(t, st.Create(ctx, free))
	require.NoError(t, st.TeardownAndDestroy(ctx, free.Metadata()))

	_, err := st.Get(ctx, free.Metadata())
	require.True(t, state.IsNotFoundError(err), "%v", err)

	held.Metadata().Finalizers().Add("fin")
	require.NoError(t, st.Create(ctx, held))

	destroyed := make(chan error, 1)

	go func() { destroyed <- st.TeardownAndDestroy(ctx, held.Metadata()) }()

	_, err = st.WatchFor(ctx, held.Metadata(), state.WithPhases(resource.PhaseTearingDown))
	require.NoError(t, err)
	assert.Empty(t, destroyed, "it waits for the finalizer")
	require.NoError(t, st.RemoveFinalizer(ctx, held.Metadata(), "fin"))
	require.NoError(t, <-destroyed)

	for _, r := range []*conformance.PathResource{held, free} {
		_, err = st.Get(ctx, r.Metadata())
		assert.True(t, state.IsNotFoundError(err), "%v", err)
		err = st.TeardownAndDestroy(ctx, r.Metadata())
		assert.True(t, state.IsNotFoundError(err), "%v", err)
	}
}

func TestSkipUnmarshal(t *testing.T) {
	ctx := limited(t)
	st := adapter(t, shared.steady)
	r := conformance.NewPathResource(t.Name(), "/foo")

	require.NoError(t, st.Create(ctx, r))

	typed, err := st.Get(ctx, r.Metadata())
	require.NoError(t, err)
	assert.IsType(t, &conformance.PathResource{}, typed)

	untyped, err := st.Get(ctx, r.Metadata(), state.WithGetUnmarshalOptions(state.WithSkipProtobufUnmarshal()))
	require.NoError(t, err)
	assert.IsType(t, &protobuf.Resource{}, untyped)

	list, err := st.List(ctx, r.Metadata(), state.WithListUnmarshalOptions(state.WithSkipProtobufUnmarshal()))
	require.NoError(t, err)
	require.Len(t, list.Items, 1)
	assert.IsType(t, &protobuf.Resource{}, list.Items[0])

	ch := make(chan state.Event)
	require.NoError(t, st.Watch(ctx, r.Metadata(), ch, state.WithWatchUnmarshalOptions(state.WithSkipProtobufUnmarshal())))
	assert.IsType(t, &protobuf.Resource{}, (<-ch).Resource)
}
