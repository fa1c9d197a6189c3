// Command hpack-peer compresses and decompresses headers with golang.org/x/net: the other end of
// tests/host/hpack_test.ts. It reads commands, one on each line, and answers each with one line:
//
//	decode HEX        the fields, or "fault"
//	encode FIELDS     the block
//	table N           the encoder's table has N bytes at most from now on; "ok"
//	allow N           the decoder's table may have N bytes at most from now on; "ok"
//	fresh             both ends begin anew; "ok"
//
// FIELDS are name=value pairs, each half in hexadecimal digits, with commas between them.
package main

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/net/http2/hpack"
)

const (
	// Bytes of a table that the protocol begins with.
	tableBytes = 4096
	// Bytes of a line: more than any block of the test takes.
	lineBytesMax = 1 << 20
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	var block bytes.Buffer

	encoder := hpack.NewEncoder(&block)
	decoder := hpack.NewDecoder(tableBytes, nil)

	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, lineBytesMax)

	for lines.Scan() {
		command, argument, _ := strings.Cut(lines.Text(), " ")

		var (
			answer string
			err    error
		)

		switch command {
		case "decode":
			answer, err = decode(decoder, argument)
		case "encode":
			block.Reset()

			err = encode(encoder, argument)
			answer = hex.EncodeToString(block.Bytes())
		case "table", "allow":
			var size uint64

			size, err = strconv.ParseUint(argument, 10, 32)
			answer = "ok"

			if command == "table" {
				encoder.SetMaxDynamicTableSizeLimit(uint32(size))
				encoder.SetMaxDynamicTableSize(uint32(size))
			} else {
				decoder.SetAllowedMaxDynamicTableSize(uint32(size))
			}
		case "fresh":
			answer = "ok"
			encoder, decoder = hpack.NewEncoder(&block), hpack.NewDecoder(tableBytes, nil)
		default:
			err = fmt.Errorf("unknown command %q", command)
		}

		if err != nil {
			return err
		}

		if _, err = fmt.Println(answer); err != nil {
			return err
		}
	}

	return lines.Err()
}

func decode(decoder *hpack.Decoder, digits string) (string, error) {
	block, err := hex.DecodeString(digits)
	if err != nil {
		return "", err
	}

	fields, err := decoder.DecodeFull(block)
	if err != nil {
		// What a block breaks is what the test asks about, so this is an answer.
		return "fault", nil //nolint:nilerr
	}

	texts := make([]string, len(fields))
	for index, field := range fields {
		texts[index] = fmt.Sprintf("%x=%x", field.Name, field.Value)
	}

	return strings.Join(texts, ","), nil
}

func encode(encoder *hpack.Encoder, fields string) error {
	if fields == "" {
		return nil
	}

	for field := range strings.SplitSeq(fields, ",") {
		left, right, _ := strings.Cut(field, "=")

		name, err := hex.DecodeString(left)
		if err != nil {
			return err
		}

		value, err := hex.DecodeString(right)
		if err != nil {
			return err
		}

		if err = encoder.WriteField(hpack.HeaderField{Name: string(name), Value: string(value)}); err != nil {
			return err
		}
	}

	return nil
}
