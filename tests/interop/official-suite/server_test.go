// Package official judges a foreign server of cosi.resource.State with the suite and the clients of cosi-project/runtime.
//
// The server is a process whose command stands in STRATA_STATE_PROCESS as a JSON array; two paths of unix sockets are
// appended. It serves one state on both: on the first until its standard input ends, on the second as the lines "stop"
// and "start" say, each of which it answers with a line. Stopping cuts whatever is connected there.
package official

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/cosi-project/runtime/api/v1alpha1"
	"github.com/cosi-project/runtime/pkg/state"
	"github.com/cosi-project/runtime/pkg/state/protobuf/client"
)

const command = "STRATA_STATE_PROCESS"

// What all tests that end no server share.
var shared *server

// server is a process that serves.
type server struct {
	process *exec.Cmd
	input   io.WriteCloser
	output  *bufio.Reader
	// The socket that stays, and the one that comes and goes.
	steady, socket string
}

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	directory, err := os.MkdirTemp("", "strata-official-")
	if err != nil {
		panic(err)
	}

	defer os.RemoveAll(directory)

	if shared, err = start(directory); err != nil {
		panic(err)
	}

	code := m.Run()

	if err = shared.end(); err != nil {
		fmt.Fprintln(os.Stderr, "the server did not end well:", err)

		return 1
	}

	return code
}

// start runs a server and waits until it listens on both sockets.
func start(directory string) (*server, error) {
	var words []string

	if err := json.Unmarshal([]byte(os.Getenv(command)), &words); err != nil || len(words) == 0 {
		return nil, fmt.Errorf("%s is no command: %q", command, os.Getenv(command))
	}

	s := &server{
		steady: filepath.Join(directory, "steady.sock"),
		socket: filepath.Join(directory, "state.sock"),
	}

	s.process = exec.Command(words[0], append(words[1:], s.steady, s.socket)...)
	s.process.Stderr = os.Stderr

	var err error

	if s.input, err = s.process.StdinPipe(); err != nil {
		return nil, err
	}

	output, err := s.process.StdoutPipe()
	if err != nil {
		return nil, err
	}

	s.output = bufio.NewReader(output)

	if err = s.process.Start(); err != nil {
		return nil, err
	}

	return s, s.expect("listening")
}

func (s *server) expect(word string) error {
	line, err := s.output.ReadString('\n')
	if err != nil || strings.TrimSpace(line) != word {
		return fmt.Errorf("the server said %q instead of %q: %w", line, word, err)
	}

	return nil
}

// tell has the coming and going socket stop or start.
func (s *server) tell(t *testing.T, word, answer string) {
	t.Helper()

	_, err := fmt.Fprintln(s.input, word)
	require.NoError(t, err)
	require.NoError(t, s.expect(answer))
}

func (s *server) stop(t *testing.T) {
	t.Helper()
	s.tell(t, "stop", "stopped")
}

func (s *server) start(t *testing.T) {
	t.Helper()
	s.tell(t, "start", "listening")
}

// end asks the process to end and waits for it.
func (s *server) end() error {
	s.input.Close()

	return s.process.Wait()
}

// kill ends the process as a crash would: nothing is said to anybody.
func (s *server) kill(t *testing.T) {
	t.Helper()
	require.NoError(t, s.process.Process.Kill())
	require.Error(t, s.process.Wait())
}

// own starts a server that this test alone uses, and may kill.
func own(t *testing.T) (*server, string) {
	t.Helper()

	directory, err := os.MkdirTemp("", "strata-official-") // Paths of sockets are short.
	require.NoError(t, err)
	t.Cleanup(func() { os.RemoveAll(directory) })

	s, err := start(directory)
	require.NoError(t, err)
	t.Cleanup(func() {
		if s.process.ProcessState == nil {
			require.NoError(t, s.end())
		}
	})

	return s, directory
}

func dial(t *testing.T, socket string, options ...grpc.DialOption) *grpc.ClientConn {
	t.Helper()

	options = append(options, grpc.WithTransportCredentials(insecure.NewCredentials()))
	connection, err := grpc.NewClient("unix://"+socket, options...)
	require.NoError(t, err)
	t.Cleanup(func() { connection.Close() })

	return connection
}

// raw calls the shared server without the adapter.
func raw(t *testing.T) v1alpha1.StateClient {
	t.Helper()

	return v1alpha1.NewStateClient(dial(t, shared.steady))
}

// adapter is the official client over a socket.
func adapter(t *testing.T, socket string, options ...client.AdapterOption) state.State {
	t.Helper()

	return state.WrapCore(client.NewAdapter(v1alpha1.NewStateClient(dial(t, socket)), options...))
}
