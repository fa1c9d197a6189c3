package main

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
)

func kind() resource.Metadata {
	return resource.NewMetadata(namespace, itemType, "", resource.VersionUndefined)
}

// latency is from before an update until the last watcher has its event.
func latency(ctx context.Context) []Figure {
	var figures []Figure

	for _, watchers := range []int{1, 100, 1000} {
		samples := latencies(ctx, watchers, min(20_000, 300_000/watchers))
		name := fmt.Sprintf("update to last of %d watchers", watchers)
		figures = append(figures,
			Figure{name + ", p50", "us", quantile(samples, 0.5)},
			Figure{name + ", p99", "us", quantile(samples, 0.99)})
	}

	return figures
}

func latencies(ctx context.Context, watchers, updates int) []float64 {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	st, item := newState(historyCapacity), newItem(0)
	must(st.Create(ctx, item))

	done := make(chan struct{}, 1)

	var left atomic.Int64

	for range watchers {
		events := make(chan state.Event)
		must(st.WatchKind(ctx, kind(), events))

		go func() {
			for {
				select {
				case <-events:
					if left.Add(-1) == 0 {
						done <- struct{}{}
					}
				case <-ctx.Done():
					return
				}
			}
		}()
	}

	item = stored(ctx, st, item)
	samples := make([]float64, 0, updates)

	for range updates {
		left.Store(int64(watchers))
		item.TypedSpec().Value++

		start := time.Now()

		must(st.Update(ctx, item))
		<-done

		samples = append(samples, float64(time.Since(start).Nanoseconds())/1000)
	}

	return samples
}

// delivery is of bursts of updates to watchers that read what there is.
func delivery(ctx context.Context) []Figure {
	const (
		watchers = 1000
		burst    = 100
	)

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	st, item := newState(historyCapacity), newItem(0)
	must(st.Create(ctx, item))

	done := make(chan struct{}, 1)

	var left atomic.Int64

	for range watchers {
		batches := make(chan []state.Event)
		must(st.WatchKindAggregated(ctx, kind(), batches))

		go func() {
			for {
				select {
				case batch := <-batches:
					if left.Add(-int64(len(batch))) == 0 {
						done <- struct{}{}
					}
				case <-ctx.Done():
					return
				}
			}
		}()
	}

	item = stored(ctx, st, item)
	rate := median(repeats*2, func() float64 {
		left.Store(watchers * burst)

		start := time.Now()

		for range burst {
			item.TypedSpec().Value++
			must(st.Update(ctx, item))
		}

		<-done

		return perSecond(watchers*burst, start)
	})

	return []Figure{{"events delivered to 1000 watchers", "event/s", rate}}
}

// blocked is a writer's rate while 1000 watchers hold an event that nobody takes, over its rate alone.
func blocked(ctx context.Context) []Figure {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	st, items := loaded(ctx)
	alone := median(repeats, func() float64 { return updateAll(ctx, st, items) })

	for range 1000 {
		must(st.WatchKind(ctx, kind(), make(chan state.Event)))
	}

	with := median(repeats, func() float64 { return updateAll(ctx, st, items) })

	return []Figure{{"writer with 1000 blocked watchers, to none", "ratio", with / alone}}
}

func stored(ctx context.Context, st state.State, item *Item) *Item {
	current, err := st.Get(ctx, item.Metadata())
	must(err)

	return current.(*Item) //nolint:forcetypeassert
}
