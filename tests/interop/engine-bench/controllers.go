package main

import (
	"context"
	"fmt"

	"github.com/cosi-project/runtime/pkg/controller"
	"github.com/cosi-project/runtime/pkg/controller/generic/qtransform"
	"github.com/cosi-project/runtime/pkg/resource"
	"github.com/cosi-project/runtime/pkg/safe"
	"github.com/siderolabs/gen/optional"
	"go.uber.org/zap"
)

// Jobs at a time of a queue controller: as in the conformance suite's own example.
const concurrency = 4

func listKind(resourceType string) resource.Metadata {
	return resource.NewMetadata(namespace, resourceType, "", resource.VersionUndefined)
}

// fill is what every controller makes of an item.
func fill(item *Item, product *Product) {
	product.TypedSpec().Text = item.TypedSpec().Name
	product.TypedSpec().Value = item.TypedSpec().Value
}

// listing looks at all items at every turn, holds each, and keeps a product of it.
type listing struct{}

func (listing) Name() string { return "bench.ListingController" }

func (listing) Inputs() []controller.Input {
	return []controller.Input{
		{Namespace: namespace, Type: itemType, Kind: controller.InputStrong},
		{Namespace: namespace, Type: productType, Kind: controller.InputDestroyReady},
	}
}

func (listing) Outputs() []controller.Output {
	return []controller.Output{{Type: productType, Kind: controller.OutputExclusive}}
}

func (ctrl listing) Run(ctx context.Context, r controller.Runtime, _ *zap.Logger) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.EventCh():
		}

		items, err := safe.ReaderList[*Item](ctx, r, listKind(itemType))
		if err != nil {
			return err
		}

		for item := range items.All() {
			if err = keep(ctx, r, item, ctrl.Name()); err != nil {
				return err
			}
		}
	}
}

func keep(ctx context.Context, w controller.Writer, item *Item, finalizer string) error {
	if err := w.AddFinalizer(ctx, item.Metadata(), finalizer); err != nil {
		return err
	}

	return safe.WriterModify(ctx, w, newProduct(item.Metadata().ID()), func(product *Product) error {
		fill(item, product)

		return nil
	})
}

// queue does the same, of one item at a time.
type queue struct{}

func (queue) Name() string { return "bench.QueueController" }

func (queue) Settings() controller.QSettings {
	return controller.QSettings{
		Inputs: []controller.Input{
			{Namespace: namespace, Type: itemType, Kind: controller.InputQPrimary},
			{Namespace: namespace, Type: productType, Kind: controller.InputQMappedDestroyReady},
		},
		Outputs:     []controller.Output{{Type: productType, Kind: controller.OutputExclusive}},
		Concurrency: optional.Some(uint(concurrency)),
	}
}

func (ctrl queue) Reconcile(ctx context.Context, _ *zap.Logger, r controller.QRuntime, ptr resource.Pointer) error {
	item, err := safe.ReaderGet[*Item](ctx, r, ptr)
	if err != nil {
		return err
	}

	return keep(ctx, r, item, ctrl.Name())
}

func (queue) MapInput(
	_ context.Context, _ *zap.Logger, _ controller.QRuntime, ptr controller.ReducedResourceMetadata,
) ([]resource.Pointer, error) {
	return []resource.Pointer{resource.NewMetadata(namespace, itemType, ptr.ID(), resource.VersionUndefined)}, nil
}

// transforming does the same, by the generic controller.
func transforming() controller.QController {
	return qtransform.NewQController(
		qtransform.Settings[*Item, *Product]{
			Name:            "bench.TransformingController",
			MapMetadataFunc: func(item *Item) *Product { return newProduct(item.Metadata().ID()) },
			UnmapMetadataFunc: func(product *Product) *Item {
				item := newItem(0)
				*item.Metadata() = resource.NewMetadata(namespace, itemType, product.Metadata().ID(), resource.VersionUndefined)

				return item
			},
			TransformFunc: func(_ context.Context, _ controller.Reader, _ *zap.Logger, item *Item, product *Product) error {
				fill(item, product)

				return nil
			},
		},
		qtransform.WithConcurrency(concurrency),
	)
}

// link is one of a long chain: each has the kind for input that the one before it writes.
type link struct {
	idle  chan<- struct{}
	index int
}

func linkType(place int) string { return fmt.Sprintf("Links%d.bench.strata.dev", place) }

func (ctrl *link) Name() string { return fmt.Sprintf("bench.LinkController%d", ctrl.index) }

func (ctrl *link) Inputs() []controller.Input {
	return []controller.Input{
		{Namespace: namespace, Type: linkType(ctrl.index), Kind: controller.InputStrong},
		{Namespace: namespace, Type: linkType(ctrl.index + 1), Kind: controller.InputDestroyReady},
	}
}

func (ctrl *link) Outputs() []controller.Output {
	return []controller.Output{{Type: linkType(ctrl.index + 1), Kind: controller.OutputExclusive}}
}

func (ctrl *link) Run(ctx context.Context, r controller.Runtime, _ *zap.Logger) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-r.EventCh():
		}

		if _, err := r.List(ctx, listKind(linkType(ctrl.index))); err != nil {
			return err
		}

		ctrl.idle <- struct{}{}
	}
}

var (
	_ controller.Controller  = listing{}
	_ controller.QController = queue{}
	_ controller.Controller  = (*link)(nil)
)
