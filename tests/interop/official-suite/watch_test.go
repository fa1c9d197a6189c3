package official

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"

	controllers "github.com/cosi-project/runtime/pkg/controller/conformance"
	"github.com/cosi-project/runtime/pkg/controller/runtime"
	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/conformance"
	"github.com/cosi-project/runtime/pkg/state/protobuf/client"
)

// Reconnecting waits half a second and more each time; nothing here waits for this long unless it fails.
const patience = 20 * time.Second

func limited(t *testing.T) context.Context {
	t.Helper()

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)

	return ctx
}

// one is the only event of the next batch.
func one(ctx context.Context, t *testing.T, ch <-chan []state.Event) state.Event {
	t.Helper()

	select {
	case <-ctx.Done():
		require.FailNow(t, "no event came")
	case events := <-ch:
		require.Len(t, events, 1)

		return events[0]
	}

	panic("unreachable")
}

func expect(ctx context.Context, t *testing.T, ch <-chan []state.Event, want state.EventType) state.Event {
	t.Helper()

	event := one(ctx, t, ch)
	require.Equal(t, want, event.Type, "error: %v", event.Error)

	return event
}

func path() *conformance.PathResource {
	return conformance.NewPathResource("test", "/foo")
}

func TestWatchAbort(t *testing.T) {
	ways := map[string]func(*testing.T, *server){
		"the listener is cut":   func(t *testing.T, s *server) { s.stop(t) },
		"the process is killed": func(t *testing.T, s *server) { s.kill(t) },
		"the process ends well": func(t *testing.T, s *server) { require.NoError(t, s.end()) },
	}

	for name, abort := range ways {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			s, _ := own(t)
			ctx := limited(t)
			st := adapter(t, s.socket, client.WithDisableWatchRetry())
			ch := make(chan []state.Event)

			require.NoError(t, st.WatchKindAggregated(ctx, path().Metadata(), ch, state.WithBootstrapContents(true)))
			expect(ctx, t, ch, state.Bootstrapped)
			abort(t, s)
			assert.ErrorContains(t, expect(ctx, t, ch, state.Errored).Error, "os/path")
		})
	}
}

func TestWatchRestart(t *testing.T) {
	for first, option := range map[state.EventType]state.WatchKindOption{
		state.Bootstrapped: state.WithBootstrapContents(true),
		state.Noop:         state.WithBootstrapBookmark(true),
	} {
		t.Run(first.String(), func(t *testing.T) {
			t.Parallel()

			s, _ := own(t)
			ctx := limited(t)
			st, core := adapter(t, s.socket), adapter(t, s.steady)
			ch := make(chan []state.Event)

			require.NoError(t, st.WatchKindAggregated(ctx, path().Metadata(), ch, option))
			expect(ctx, t, ch, first)

			s.stop(t)

			r := path()
			require.NoError(t, core.Create(ctx, r))
			s.start(t)
			expect(ctx, t, ch, state.Created)

			s.stop(t)
			require.NoError(t, core.AddFinalizer(ctx, r.Metadata(), "test1"))
			s.start(t)
			expect(ctx, t, ch, state.Updated)

			require.NoError(t, core.RemoveFinalizer(ctx, r.Metadata(), "test1"))
			expect(ctx, t, ch, state.Updated)

			s.stop(t)
			require.NoError(t, core.Destroy(ctx, r.Metadata()))
			s.start(t)
			assert.Equal(t, "/foo", expect(ctx, t, ch, state.Destroyed).Resource.Metadata().ID())
		})
	}
}

// The state is gone with its process, and so is every position in it: the watch ends with the reason, and begins anew.
func TestWatchOfKilledProcess(t *testing.T) {
	t.Parallel()

	s, directory := own(t)
	ctx := limited(t)
	st := adapter(t, s.socket)
	ch := make(chan []state.Event)

	require.NoError(t, st.Create(ctx, path()))
	require.NoError(t, st.WatchKindAggregated(ctx, path().Metadata(), ch, state.WithBootstrapBookmark(true)))
	expect(ctx, t, ch, state.Noop)
	s.kill(t)

	next, err := start(directory)
	require.NoError(t, err, "on the sockets of the one before")
	t.Cleanup(func() { require.NoError(t, next.end()) })

	ended := expect(ctx, t, ch, state.Errored)
	assert.True(t, state.IsInvalidWatchBookmarkError(ended.Error), "%v", ended.Error)

	require.NoError(t, st.WatchKindAggregated(ctx, path().Metadata(), ch, state.WithBootstrapContents(true)))
	expect(ctx, t, ch, state.Bootstrapped)
	require.NoError(t, st.Create(ctx, path()))
	expect(ctx, t, ch, state.Created)
}

func TestWatchInvalidBookmark(t *testing.T) {
	ctx := limited(t)
	st := adapter(t, shared.steady)
	kind := resource.NewMetadata(t.Name(), conformance.PathResourceType, "", resource.VersionUndefined)
	ch := make(chan []state.Event)

	require.NoError(t, st.WatchKindAggregated(ctx, kind, ch, state.WithBootstrapContents(true)))

	bookmark := expect(ctx, t, ch, state.Bootstrapped).Bookmark
	require.NotEmpty(t, bookmark)

	for i := range bookmark {
		wrong := append([]byte(nil), bookmark...)
		wrong[i] ^= 0xff
		err := st.WatchKindAggregated(ctx, kind, ch, state.WithKindStartFromBookmark(wrong))
		assert.True(t, state.IsInvalidWatchBookmarkError(err), "byte %d: %v", i, err)
	}

	for _, wrong := range [][]byte{bookmark[:len(bookmark)-1], append(bookmark[:len(bookmark):len(bookmark)], 0), {}} {
		err := st.WatchKindAggregated(ctx, kind, ch, state.WithKindStartFromBookmark(wrong))
		assert.True(t, state.IsInvalidWatchBookmarkError(err), "%d bytes: %v", len(wrong), err)
	}

	require.NoError(t, st.WatchKindAggregated(ctx, kind, ch, state.WithKindStartFromBookmark(bookmark)))
}

// A whole controller engine of another machine, by nothing but the wire.
func TestRuntimeRestart(t *testing.T) {
	t.Parallel()

	s, _ := own(t)
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	st := adapter(t, s.socket)
	rt, err := runtime.NewRuntime(st, zap.NewNop())
	require.NoError(t, err)

	ended := make(chan error, 1)

	go func() { ended <- rt.Run(ctx) }()

	require.NoError(t, rt.RegisterController(&controllers.IntToStrController{SourceNamespace: "one", TargetNamespace: "default"}))
	require.NoError(t, rt.RegisterController(&controllers.IntDoublerController{SourceNamespace: "another", TargetNamespace: "default"}))
	require.NoError(t, st.Create(ctx, controllers.NewIntResource("one", "1", 1)))
	require.NoError(t, st.Create(ctx, controllers.NewIntResource("another", "4", 4)))

	made := state.WithEventTypes(state.Created)
	_, err = st.WatchFor(ctx, controllers.NewStrResource("default", "1", "1").Metadata(), made)
	require.NoError(t, err)
	_, err = st.WatchFor(ctx, controllers.NewIntResource("default", "4", 8).Metadata(), made)
	require.NoError(t, err)

	s.stop(t)
	require.NoError(t, adapter(t, s.steady).Create(ctx, controllers.NewIntResource("another", "2", 2)))
	s.start(t)

	doubled, err := adapter(t, s.steady).WatchFor(ctx, controllers.NewIntResource("default", "2", 0).Metadata(), made)
	require.NoError(t, err)
	assert.Equal(t, 4, doubled.(*controllers.IntResource).Value())

	cancel()
	require.NoError(t, <-ended)
}
