// Writes what the CloudEvents SDK for Go sends. See ../README.md.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/IBM/sarama"
	"github.com/cloudevents/sdk-go/protocol/kafka_sarama/v2"
	cloudevents "github.com/cloudevents/sdk-go/v2"
	"github.com/cloudevents/sdk-go/v2/binding"
)

const address = "127.0.0.1:18617"

type eventCase struct {
	Name       string
	Form       string
	Attributes map[string]string
	Data       json.RawMessage
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}

func (c eventCase) event() (cloudevents.Event, error) {
	event := cloudevents.NewEvent()
	kind := ""
	for name, text := range c.Attributes {
		switch name {
		case "id":
			event.SetID(text)
		case "source":
			event.SetSource(text)
		case "type":
			event.SetType(text)
		case "time":
			at, err := time.Parse(time.RFC3339Nano, text)
			check(err)
			event.SetTime(at)
		case "datacontenttype":
			kind = text
		default:
			event.SetExtension(name, text)
		}
	}
	var data any
	switch c.Form {
	case "object":
		check(json.Unmarshal(c.Data, &data))
	case "bytes":
		data = []byte(c.Data)
	case "text":
		data = string(c.Data)
	}
	return event, event.SetData(kind, data)
}

func isWhole(raw []byte) bool {
	head, body, found := bytes.Cut(raw, []byte("\r\n\r\n"))
	if !found {
		return false
	}
	for _, line := range strings.Split(strings.ToLower(string(head)), "\r\n") {
		if text, is := strings.CutPrefix(line, "content-length: "); is {
			length, _ := strconv.Atoi(text)
			return len(body) >= length
		}
	}
	return bytes.HasSuffix(body, []byte("0\r\n\r\n"))
}

// capture writes the bytes of one request, as they come over a socket.
func capture(file string, send func(url string) error) {
	listener, err := net.Listen("tcp", address)
	check(err)
	raw := make(chan []byte, 1)
	go func() {
		peer, err := listener.Accept()
		if err != nil {
			return
		}
		defer peer.Close()
		var got []byte
		for part := make([]byte, 65536); !isWhole(got); {
			read, err := peer.Read(part)
			if err != nil {
				break
			}
			got = append(got, part[:read]...)
		}
		fmt.Fprint(peer, "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
		raw <- got
	}()
	if err := send("http://" + address + "/v1/events"); err != nil {
		fmt.Println(file, err)
	} else {
		check(os.WriteFile(file, <-raw, 0o644))
	}
	check(listener.Close())
}

func keep(file string, ctx context.Context, event cloudevents.Event) {
	message := sarama.ProducerMessage{}
	if err := kafka_sarama.WriteProducerMessage(ctx, binding.ToMessage(&event), &message); err != nil {
		fmt.Println(file, err)
		return
	}
	var out bytes.Buffer
	for _, header := range message.Headers {
		fmt.Fprintf(&out, "%s: %s\n", header.Key, header.Value)
	}
	out.WriteString("\n")
	value, err := message.Value.Encode()
	check(err)
	out.Write(value)
	check(os.WriteFile(file, out.Bytes(), 0o644))
}

func main() {
	clients, version := os.Args[1], os.Args[2]
	folder := filepath.Join(clients, "go-"+version)
	check(os.MkdirAll(folder, 0o755))
	text, err := os.ReadFile(filepath.Join(clients, "cases.json"))
	check(err)
	var cases []eventCase
	check(json.Unmarshal(text, &cases))
	for _, each := range cases {
		event, err := each.event()
		if err != nil {
			fmt.Println(each.Name, err)
			continue
		}
		for _, mode := range []string{"binary", "structured"} {
			ctx := binding.WithForceBinary(context.Background())
			if mode == "structured" {
				ctx = binding.WithForceStructured(context.Background())
			}
			keep(filepath.Join(folder, "kafka-"+mode+"-"+each.Name+".kafka"), ctx, event)
			capture(filepath.Join(folder, "http-"+mode+"-"+each.Name+".http"), func(url string) error {
				client, err := cloudevents.NewClientHTTP(cloudevents.WithTarget(url))
				check(err)
				if answer := client.Send(ctx, event); cloudevents.IsUndelivered(answer) {
					return answer
				}
				return nil
			})
		}
	}
}
