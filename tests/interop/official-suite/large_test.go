package official

import (
	"bytes"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
)

// What official clients accept of one message.
const messageBytesMax = 4 << 20

// Resources of 20 MB: many small ones, some large ones, and two of which one message holds only one each.
func largeSpecs() map[string][]byte {
	specs := map[string][]byte{}

	for count, size := range map[int]int{1000: 4 << 10, 55: 256 << 10, 2: 1200 << 10} {
		for i := range count {
			id := fmt.Sprintf("%07d-%04d", size, i)
			specs[id] = bytes.Repeat([]byte{byte(i)}, size)
		}
	}

	return specs
}

func TestWatchOf20Megabytes(t *testing.T) {
	ctx := limited(t)
	api := raw(t)
	specs := largeSpecs()

	var (
		creating sync.WaitGroup
		mu       sync.Mutex
		failed   error
		total    int
	)

	places := make(chan struct{}, 8)

	for id, spec := range specs {
		total += len(spec)
		places <- struct{}{}

		creating.Go(func() {
			defer func() { <-places }()

			if _, err := api.Create(ctx, &v1alpha1.CreateRequest{Resource: item(t.Name(), id, withSpec(spec))}); err != nil {
				mu.Lock()
				defer mu.Unlock()

				failed = errors.Join(failed, err)
			}
		})
	}

	creating.Wait()
	require.NoError(t, failed)
	require.Greater(t, total, 20_000_000)

	t.Run("by messages", func(t *testing.T) {
		stream := watching(ctx, t, api, &v1alpha1.WatchRequest{
			Namespace:  "TestWatchOf20Megabytes",
			Type:       itemType,
			ApiVersion: 1,
			Options:    &v1alpha1.WatchOptions{BootstrapContents: true, Aggregated: true},
		})

		var (
			messages int
			last     string
			seen     int
		)

		for {
			message, err := stream.Recv()
			require.NoError(t, err)

			messages++

			require.LessOrEqual(t, proto.Size(message), messageBytesMax)

			for i, event := range message.Event {
				if event.EventType == v1alpha1.EventType_BOOTSTRAPPED {
					require.Equal(t, len(message.Event)-1, i, "it comes last")
					assert.NotEmpty(t, event.Bookmark)
					assert.Equal(t, len(specs), seen)
					assert.Greater(t, messages, total/messageBytesMax)
					assert.Less(t, messages, 20, "messages are filled")

					return
				}

				require.Equal(t, v1alpha1.EventType_CREATED, event.EventType)

				id := event.Resource.Metadata.Id
				require.Less(t, last, id)
				require.True(t, bytes.Equal(specs[id], event.Resource.Spec.ProtoSpec), id)

				last = id
				seen++
			}
		}
	})

	t.Run("by the adapter", func(t *testing.T) {
		ch := make(chan []state.Event)
		kind := resource.NewMetadata("TestWatchOf20Megabytes", itemType, "", resource.VersionUndefined)
		require.NoError(t, adapter(t, shared.steady).WatchKindAggregated(ctx, kind, ch, state.WithBootstrapContents(true)))

		seen := map[string]bool{}

		for batch := range ch {
			for _, event := range batch {
				require.NoError(t, event.Error)

				if event.Type == state.Bootstrapped {
					assert.Len(t, seen, len(specs))

					return
				}

				seen[event.Resource.Metadata().ID()] = true
			}
		}
	})

	t.Run("by a list", func(t *testing.T) {
		kind := resource.NewMetadata("TestWatchOf20Megabytes", itemType, "", resource.VersionUndefined)
		list, err := adapter(t, shared.steady).List(ctx, kind)
		require.NoError(t, err)
		assert.Len(t, list.Items, len(specs))
	})

	t.Run("an update of the largest carries both", func(t *testing.T) {
		id := fmt.Sprintf("%07d-%04d", 1200<<10, 0)
		stream := watching(ctx, t, api, &v1alpha1.WatchRequest{
			Namespace:  "TestWatchOf20Megabytes",
			Type:       itemType,
			ApiVersion: 1,
			Options:    &v1alpha1.WatchOptions{Aggregated: true},
		})
		changed := item("TestWatchOf20Megabytes", id, withSpec(bytes.Repeat([]byte{7}, 1200<<10)), withVersion("1"))
		_, err := api.Update(ctx, &v1alpha1.UpdateRequest{NewResource: changed, Options: &v1alpha1.UpdateOptions{}})
		require.NoError(t, err)

		message, err := stream.Recv()
		require.NoError(t, err)
		require.Len(t, message.Event, 1)
		assert.Len(t, message.Event[0].Old.Spec.ProtoSpec, 1200<<10)
		assert.EqualValues(t, 7, message.Event[0].Resource.Spec.ProtoSpec[0])
	})
}
