package main

import (
	"context"
	"runtime"
	"time"
)

const (
	controllers = 1000
	// Events of a kind's history: the default, since most of a resting controller's memory is its kind's.
	restingHistoryCapacity = 100
)

// registration is of a chain of controllers, by an engine that does not run yet.
func registration(context.Context) []Figure {
	return []Figure{{"1000 controllers registered", "ms", median(repeats*3, func() float64 {
		shop := newWorkshop(restingHistoryCapacity)
		links := newLinks(nil)
		start := time.Now()

		for _, each := range links {
			must(shop.engine.RegisterController(each))
		}

		return time.Since(start).Seconds() * 1000
	})}}
}

// graph is who reads and writes what, of all controllers.
func graph(context.Context) []Figure {
	shop := newWorkshop(restingHistoryCapacity)
	for _, each := range newLinks(nil) {
		must(shop.engine.RegisterController(each))
	}

	return []Figure{{"graph of 1000 controllers", "us", median(repeats*7, func() float64 {
		start := time.Now()
		edges, err := shop.engine.GetDependencyGraph()
		took := time.Since(start)

		must(err)

		if len(edges.Edges) != controllers*3 {
			panic("the graph is incomplete")
		}

		return float64(took.Nanoseconds()) / 1000
	})}}
}

// memory is what a controller costs that waits for a change, with the watch of its input.
func memory(ctx context.Context) []Figure {
	shop := newWorkshop(restingHistoryCapacity)
	defer shop.run(ctx)()

	// Registering waits for nothing else: the engine is to run before.
	time.Sleep(100 * time.Millisecond)

	idle := make(chan struct{}, controllers)
	before := usedBytes()

	for _, each := range newLinks(idle) {
		must(shop.engine.RegisterController(each))
	}

	for range controllers {
		<-idle
	}

	grown := usedBytes() - before

	runtime.KeepAlive(shop)

	return []Figure{{"memory of an idle controller", "bytes", float64(grown) / controllers}}
}

func newLinks(idle chan<- struct{}) []*link {
	links := make([]*link, controllers)
	for index := range links {
		links[index] = &link{index: index, idle: idle}
	}

	return links
}

// usedBytes counts stacks as well: what a goroutine keeps there, a promise keeps on the heap.
func usedBytes() uint64 {
	runtime.GC()
	runtime.GC()

	var stats runtime.MemStats

	runtime.ReadMemStats(&stats)

	return stats.HeapAlloc + stats.StackInuse
}
