// Command server serves until SIGTERM, then lets go of its clients one by one.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"services.internal/${{ values.name }}/internal/config"
{%- if values.database == 'postgres' %}
	"services.internal/${{ values.name }}/internal/database"
{%- endif %}
	"services.internal/${{ values.name }}/internal/httpapi"
{%- if values.database == 'postgres' %}
	"services.internal/${{ values.name }}/internal/items"
{%- endif %}
	"services.internal/${{ values.name }}/internal/telemetry"
)

// version is set by the build.
var version = "dev"

// idleTimeout is longer than a balancer keeps an idle connection, so that it is never the server
// who closes one just as the next request is sent on it.
const idleTimeout = 75 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	act := run
	if len(os.Args) == 2 && os.Args[1] == "health" {
		act = askHealth
	}
	if err := act(ctx, os.Getenv, os.Stderr); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

// run serves until ctx ends.
func run(ctx context.Context, getenv func(string) string, output io.Writer) error {
	settings, err := config.FromEnvironment(getenv)
	if err != nil {
		return err
	}
	log := telemetry.NewLogger(output, settings.LogLevel)
	tracer, err := telemetry.NewTracerProvider(ctx, config.Name, version, settings.ExportsSpans)
	if err != nil {
		return err
	}
	// What is sent last must not depend on ctx, which is over by then.
	defer func() { _ = tracer.Shutdown(context.WithoutCancel(ctx)) }()

	readiness := &httpapi.Readiness{}
{%- if values.database == 'postgres' %}
	db, err := database.Open(
		ctx, settings.DatabaseURL, settings.DatabasePoolSize, settings.DatabaseTimeout, log)
	if err != nil {
		return err
	}
	defer db.Pool.Close()
	go db.Prepare(ctx)
	readiness.Check = db.Ready
{%- endif %}

	router := httpapi.NewRouter(httpapi.Parts{
		Name:      config.Name,
		Version:   version,
		Log:       log,
		Tracer:    tracer,
		Metrics:   newRegistry(),
		Readiness: readiness,
{%- if values.database == 'postgres' %}
		Items:     items.NewPostgres(db.Pool, settings.DatabaseTimeout),
{%- endif %}
	})
	return serve(ctx, settings, router, readiness, log)
}

func newRegistry() *prometheus.Registry {
	registry := prometheus.NewRegistry()
	registry.MustRegister(
		collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
	)
	return registry
}

// serve stops in three steps: not ready, but serving; no new connections; the last answers.
func serve(
	ctx context.Context, settings config.Config, router *gin.Engine,
	readiness *httpapi.Readiness, log *slog.Logger,
) error {
	listener, err := net.Listen("tcp", settings.Address())
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           router,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       idleTimeout,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelWarn),
	}
	log.Info("listening", "address", listener.Addr().String(), "version", version)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()

	select {
	case err := <-failed:
		return fmt.Errorf("serve at %s: %w", settings.Address(), err)
	case <-ctx.Done():
	}
	log.Info("stopping")
	readiness.Drain()
	time.Sleep(settings.Drain)

	deadline, cancel := context.WithTimeout(context.WithoutCancel(ctx), settings.Shutdown)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil {
		return errors.Join(fmt.Errorf("requests were still in flight after %s", settings.Shutdown),
			server.Close())
	}
	log.Info("stopped")
	return nil
}

// askHealth is for the image's health check, as the image has nothing else that could ask.
func askHealth(ctx context.Context, getenv func(string) string, _ io.Writer) error {
	settings, err := config.FromEnvironment(getenv)
	if err != nil {
		return err
	}
	settings.Host = "127.0.0.1"
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	url := "http://" + settings.Address() + "/healthz"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answered %s", url, answer.Status)
	}
	return nil
}
