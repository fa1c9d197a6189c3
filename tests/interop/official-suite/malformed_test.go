package official

import (
	"bytes"
	"fmt"
	"io"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/cosi-project/runtime/api/v1alpha1"
)

// Each test ends in a call that is answered, by the same process and on the same connection.
func (h house) stillServes() {
	h.Helper()
	h.create("alive")
	require.NoError(h, h.destroy("alive", ""))
	require.Nil(h, shared.process.ProcessState)
}

func TestMalformedUpdateWithoutOptions(t *testing.T) {
	h := newHouse(t)
	h.create("a")
	_, err := h.update(nil, "a", withVersion("1"))
	h.code(codes.InvalidArgument, err)
	assert.ErrorContains(t, err, "options")
	assert.Equal(t, "1", h.get("a").Metadata.Version)

	_, err = h.api.Update(h.ctx, &v1alpha1.UpdateRequest{})
	h.code(codes.InvalidArgument, err)
	h.stillServes()
}

func TestMalformedTerms(t *testing.T) {
	h := newHouse(t)
	h.create("a", withLabel("k", "v"))

	for op, want := range map[v1alpha1.LabelTerm_Operation]codes.Code{
		v1alpha1.LabelTerm_EQUAL:       codes.InvalidArgument,
		v1alpha1.LabelTerm_LT:          codes.InvalidArgument,
		v1alpha1.LabelTerm_LTE:         codes.InvalidArgument,
		v1alpha1.LabelTerm_LT_NUMERIC:  codes.InvalidArgument,
		v1alpha1.LabelTerm_LTE_NUMERIC: codes.InvalidArgument,
		8:                              codes.Unimplemented,
		-1:                             codes.Unimplemented,
	} {
		query := []*v1alpha1.LabelQuery{{Terms: []*v1alpha1.LabelTerm{{Key: "k", Op: op}}}}
		_, err := h.ids(&v1alpha1.ListOptions{LabelQuery: query})
		h.code(want, err)
		assert.Equal(t, want, h.refused(nil, &v1alpha1.WatchOptions{LabelQuery: query}), op)
	}

	h.stillServes()
}

func TestMalformedResources(t *testing.T) {
	h := newHouse(t)
	h.create("b")

	for name, change := range map[string]edit{
		"no metadata":     func(r *v1alpha1.Resource) { r.Metadata = nil },
		"no spec":         func(r *v1alpha1.Resource) { r.Spec = nil },
		"no version":      withVersion(""),
		"no such version": withVersion("one"),
		"no phase":        withPhase(""),
		"no such phase":   withPhase("Running"),
		"no such time": func(r *v1alpha1.Resource) {
			r.Metadata.Created = &timestamppb.Timestamp{Seconds: 1 << 60, Nanos: -1}
		},
	} {
		_, err := h.tryCreate("", "a", change)
		assert.Equal(t, codes.Unknown, status.Code(err), "create: %s: %v", name, err)

		// On an update InvalidArgument would be read as another phase.
		_, err = h.update(&v1alpha1.UpdateOptions{}, "b", withVersion("1"), change)
		assert.Equal(t, codes.Unknown, status.Code(err), "update: %s: %v", name, err)
	}

	_, err := h.api.Create(h.ctx, &v1alpha1.CreateRequest{})
	h.code(codes.Unknown, err)
	_, err = h.tryCreate("y", "a", withOwner("x"))
	h.code(codes.Unknown, err)

	ids, err := h.ids(nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, ids)
	h.stillServes()
}

func TestMalformedWatches(t *testing.T) {
	h := newHouse(t)
	bookmark := next(t, h.watch(nil, &v1alpha1.WatchOptions{BootstrapBookmark: true}), noop).Bookmark

	assert.Equal(t, codes.Unknown, h.refused(nil, &v1alpha1.WatchOptions{BootstrapContents: true, TailEvents: 1}))
	assert.Equal(t, codes.Unknown, h.refused(nil, &v1alpha1.WatchOptions{BootstrapContents: true, StartFromBookmark: bookmark}))
	assert.Equal(t, codes.Unknown, h.refused(nil, &v1alpha1.WatchOptions{TailEvents: 1, StartFromBookmark: bookmark}))
	h.watch(nil, &v1alpha1.WatchOptions{TailEvents: -1})
	h.stillServes()
}

// bytesCodec sends messages that are bytes already.
type bytesCodec struct{}

func (bytesCodec) Marshal(message any) ([]byte, error) {
	return *message.(*[]byte), nil
}

func (bytesCodec) Unmarshal(data []byte, message any) error {
	*message.(*[]byte) = append([]byte(nil), data...)

	return nil
}

func (bytesCodec) Name() string { return "proto" }

func TestMalformedBytes(t *testing.T) {
	h := newHouse(t)
	connection := dial(t, shared.steady)

	garbage := map[string][]byte{
		"a length beyond the end": {0x0a, 0x7f, 'x'},
		"half a tag":              {0xff},
		"no such wire type":       {0x0f},
		"field 0":                 {0x02, 0x00},
		"a varint without end":    bytes.Repeat([]byte{0xff}, 11),
		"a group without end":     {0x0b},
		"the end of no group":     {0x0c},
		"groups in groups":        bytes.Repeat([]byte{0x0b}, 1_000_000),
		"messages in messages":    bytes.Repeat([]byte{0x1a, 0x83, 0x80, 0x80, 0x01}, 1000),
		"text that is none":       {0x0a, 0x02, 0xc3, 0x28},
	}

	for _, name := range []string{"Get", "List", "Create", "Update", "Destroy", "Teardown", "TeardownAndDestroy", "Watch"} {
		for title, sent := range garbage {
			t.Run(fmt.Sprintf("%s of %s", name, title), func(t *testing.T) {
				err := sendBytes(h, connection, name, sent)
				assert.Equal(t, codes.InvalidArgument, status.Code(err), "%v", err)
			})
		}
	}

	h.stillServes()
}

func sendBytes(h house, connection *grpc.ClientConn, name string, sent []byte) error {
	description := &grpc.StreamDesc{ServerStreams: true}

	stream, err := connection.NewStream(h.ctx, description, "/cosi.resource.State/"+name, grpc.ForceCodec(bytesCodec{}))
	if err != nil {
		return err
	}

	// The server may answer before it has read all of it.
	if err = stream.SendMsg(&sent); err != nil && err != io.EOF {
		return err
	}

	if err = stream.CloseSend(); err != nil {
		return err
	}

	var got []byte

	return stream.RecvMsg(&got)
}
