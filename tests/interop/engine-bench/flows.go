package main

import (
	"context"
	"time"

	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/state"
)

const (
	updates = 20_000
	// Updates before the first that counts: both sides are to be as they are after a while.
	warmUpUpdates = 2_000
	burstItems    = 20_000
)

func controllerLatency(ctx context.Context) []Figure {
	return latency(ctx, "controller", func(shop *workshop) error { return shop.engine.RegisterController(listing{}) })
}

func queueLatency(ctx context.Context) []Figure {
	return latency(ctx, "queue controller", func(shop *workshop) error { return shop.engine.RegisterQController(queue{}) })
}

func queueBurst(ctx context.Context) []Figure {
	return burst(ctx, "queue controller", func(shop *workshop) error { return shop.engine.RegisterQController(queue{}) })
}

func transformBurst(ctx context.Context) []Figure {
	return burst(ctx, "generic queue transform", func(shop *workshop) error {
		return shop.engine.RegisterQController(transforming())
	})
}

// latency is from before an input is updated until a watch has shown its output.
func latency(ctx context.Context, who string, register func(*workshop) error) []Figure {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()

	shop := newWorkshop(historyCapacity)
	must(register(shop))
	defer shop.run(ctx)()

	events := make(chan state.Event)
	must(shop.state.WatchKind(ctx, listKind(productType), events))

	shown := func(value int64) {
		for event := range events {
			must(event.Error)

			if event.Resource.(*Product).TypedSpec().Value == value { //nolint:forcetypeassert
				return
			}
		}
	}

	must(shop.state.Create(ctx, newItem(0)))
	shown(0)

	// The controller adds its finalizer before it writes an output.
	current, err := shop.state.Get(ctx, newItem(0).Metadata())
	must(err)

	item := current.(*Item) //nolint:forcetypeassert
	samples := make([]float64, 0, updates)

	for count := range updates + warmUpUpdates {
		item.TypedSpec().Value++

		start := time.Now()

		must(shop.state.Update(ctx, item))
		shown(item.TypedSpec().Value)

		if count >= warmUpUpdates {
			samples = append(samples, float64(time.Since(start).Nanoseconds())/1000)
		}
	}

	return []Figure{
		{who + ": input to output, p50", "us", quantile(samples, 0.5)},
		{who + ": input to output, p99", "us", quantile(samples, 0.99)},
	}
}

// burst is from before the first of many creates until a watch has shown the last output.
func burst(ctx context.Context, who string, register func(*workshop) error) []Figure {
	rate := median(repeats, func() float64 {
		ctx, cancel := context.WithCancel(ctx)
		defer cancel()

		shop := newWorkshop(historyCapacity)
		must(register(shop))
		defer shop.run(ctx)()

		batches := make(chan []state.Event)
		must(shop.state.WatchKindAggregated(ctx, listKind(productType), batches))

		all := make(chan struct{})

		go func() {
			defer close(all)

			for left := burstItems; left > 0; {
				for _, event := range <-batches {
					must(event.Error)

					if event.Type == state.Created {
						left--
					}
				}
			}
		}()

		items := make([]resource.Resource, burstItems)
		for index := range items {
			items[index] = newItem(index)
		}

		start := time.Now()

		for _, item := range items {
			must(shop.state.Create(ctx, item))
		}

		<-all

		return perSecond(burstItems, start)
	})

	return []Figure{{who + ": burst of 20 k creates", "item/s", rate}}
}
