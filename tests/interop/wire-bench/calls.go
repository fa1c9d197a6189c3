package main

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/cosi-project/runtime/api/v1alpha1"
)

const (
	// Calls in flight at once.
	inFlight = 64
	// Calls one after the other, of which each is timed.
	sequential = 3_000
)

// calls puts the load of tests/bench/client_load.mjs on a server.
func calls(ctx context.Context, socket string, count int) error {
	connection, err := dial(socket)
	if err != nil {
		return err
	}
	defer connection.Close() //nolint:errcheck

	client := v1alpha1.NewStateClient(connection)
	call := func() error {
		_, err := client.Get(ctx, &v1alpha1.GetRequest{Namespace: namespace, Type: itemType, Id: itemID(0)})

		return err
	}

	if err = many(call, count/2); err != nil {
		return err
	}

	start := time.Now()

	if err = many(call, count); err != nil {
		return err
	}

	perSecond := float64(count) / time.Since(start).Seconds()
	times := make([]time.Duration, sequential)

	for index := range times {
		start = time.Now()

		if err = call(); err != nil {
			return err
		}

		times[index] = time.Since(start)
	}

	slices.Sort(times)

	return json.NewEncoder(os.Stdout).Encode(map[string]float64{
		"perSecond": perSecond,
		"medianUs":  float64(times[sequential/2].Nanoseconds()) / 1000,
	})
}

func many(call func() error, count int) error {
	var (
		group sync.WaitGroup
		left  atomic.Int64
		first atomic.Pointer[error]
	)

	left.Store(int64(count))

	for range inFlight {
		group.Go(func() {
			for left.Add(-1) >= 0 {
				if err := call(); err != nil {
					first.Store(&err)

					return
				}
			}
		})
	}

	group.Wait()

	if err := first.Load(); err != nil {
		return *err
	}

	return nil
}
