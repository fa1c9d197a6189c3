package main

import (
	"context"
	"runtime"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
)

func get(ctx context.Context) []Figure {
	st, items := loaded(ctx)
	measure := func(order func(int) int) float64 {
		return median(repeats*3, func() float64 {
			start := time.Now()

			for index := range resourceCount {
				_, err := st.Get(ctx, items[order(index)].Metadata())
				must(err)
			}

			return perSecond(resourceCount, start)
		})
	}

	inOrder := measure(func(index int) int { return index })
	rate := measure(shuffled)

	return []Figure{
		{"get (synchronous, ids in order)", "op/s", inOrder},
		{"get (synchronous, ids shuffled)", "op/s", rate},
		{"get (promised, ids shuffled)", "op/s", rate},
	}
}

func create(ctx context.Context) []Figure {
	measure := func(order func(int) int) float64 {
		return median(repeats, func() float64 {
			st, items := newState(historyCapacity), newItems()

			runtime.GC()

			start := time.Now()

			for index := range resourceCount {
				must(st.Create(ctx, items[order(index)]))
			}

			return perSecond(resourceCount, start)
		})
	}

	return []Figure{
		{"create (ids in order)", "op/s", measure(func(index int) int { return index })},
		{"create (ids shuffled)", "op/s", measure(shuffled)},
	}
}

func update(ctx context.Context) []Figure {
	st, items := loaded(ctx)

	return []Figure{{"update", "op/s", median(repeats, func() float64 { return updateAll(ctx, st, items) })}}
}

// updateAll changes every item once.
func updateAll(ctx context.Context, st state.State, items []*Item) float64 {
	start := time.Now()

	for index := range resourceCount {
		item := items[shuffled(index)]
		item.TypedSpec().Value++
		must(st.Update(ctx, item))
	}

	return perSecond(resourceCount, start)
}

func updateWithConflicts(ctx context.Context) []Figure {
	st, items := loaded(ctx)
	rate := median(repeats, func() float64 {
		start := time.Now()

		for index := range resourceCount {
			_, err := st.UpdateWithConflicts(ctx, items[shuffled(index)].Metadata(), func(r resource.Resource) error {
				r.(*Item).TypedSpec().Value++ //nolint:forcetypeassert

				return nil
			})
			must(err)
		}

		return perSecond(resourceCount, start)
	})

	return []Figure{{"updateWithConflicts", "op/s", rate}}
}

// list reads after a write each time, so that nothing but an index kept up to date helps.
func list(ctx context.Context) []Figure {
	st, items := loaded(ctx)
	kind := resource.NewMetadata(namespace, itemType, "", resource.VersionUndefined)
	measure := func(want int, options ...state.ListOption) float64 {
		next := 0

		return median(repeats*3, func() float64 {
			item := items[shuffled(next)]
			next++
			item.TypedSpec().Value++
			must(st.Update(ctx, item))

			start := time.Now()
			found, err := st.List(ctx, kind, options...)
			took := time.Since(start)

			must(err)

			if len(found.Items) != want {
				panic("list is incomplete")
			}

			return took.Seconds() * 1000
		})
	}

	label := state.WithLabelQuery(resource.LabelEqual("app", "app-3"))

	return []Figure{
		{"list 100 k", "ms", measure(resourceCount)},
		{"list by label (10 %)", "ms", measure(resourceCount/10, label)},
	}
}

func destroy(ctx context.Context) []Figure {
	rate := median(repeats, func() float64 {
		st, items := loaded(ctx)
		start := time.Now()

		for index := range resourceCount {
			must(st.Destroy(ctx, items[shuffled(index)].Metadata()))
		}

		return perSecond(resourceCount, start)
	})

	return []Figure{{"destroy", "op/s", rate}}
}

func memory(ctx context.Context) []Figure {
	st := newState(100)
	before := heapBytes()

	for index := range resourceCount {
		must(st.Create(ctx, newItem(index)))
	}

	grown := heapBytes() - before

	runtime.KeepAlive(st)

	return []Figure{{"memory of a resource", "bytes", float64(grown) / resourceCount}}
}

func heapBytes() uint64 {
	runtime.GC()
	runtime.GC()

	var stats runtime.MemStats

	runtime.ReadMemStats(&stats)

	return stats.HeapAlloc
}
