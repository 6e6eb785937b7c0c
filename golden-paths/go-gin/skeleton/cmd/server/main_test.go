package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"testing"
	"time"
)

func TestStopsAfterSayingThatItIsNotReady(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	env := map[string]string{"PORT": "0", "DRAIN_TIMEOUT": "500ms"}
	reader, writer := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, func(key string) string { return env[key] }, writer)
		_ = writer.Close()
	}()

	lines := bufio.NewScanner(reader)
	address := next(t, lines, "listening")
	go func() { _, _ = io.Copy(io.Discard, reader) }()
	if got := status(t, address, "/healthz"); got != http.StatusOK {
		t.Errorf("/healthz is %d", got)
	}
	stop()
	for deadline := time.Now().Add(10 * time.Second); status(t, address, "/readyz") != 503; {
		if time.Now().After(deadline) {
			t.Fatal("it stays ready")
		}
	}
	if got := status(t, address, "/healthz"); got != http.StatusOK {
		t.Errorf("while it drains, /healthz is %d", got)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if _, err := http.Get("http://" + address + "/healthz"); err == nil {
		t.Error("it still answers")
	}
}

// next reads up to the line with that message and returns its address.
func next(t *testing.T, lines *bufio.Scanner, message string) string {
	t.Helper()
	for lines.Scan() {
		var line struct{ Message, Address string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("%s: %v", lines.Text(), err)
		}
		if line.Message == message {
			return line.Address
		}
	}
	t.Fatalf("the log ended before %q", message)
	return ""
}

func status(t *testing.T, address, path string) int {
	t.Helper()
	answer, err := http.Get("http://" + address + path)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	return answer.StatusCode
}
