// Package config reads the settings from the environment: once, at start.
package config

import (
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"time"
)

// Name is what the service is called wherever nothing else is said.
const Name = ${{ values.name | dump }}

// Config holds every setting; the rest of the service reads no environment.
type Config struct {
	Host     string
	Port     int
	LogLevel slog.Level
	// Drain is how long requests are still accepted after SIGTERM, so that balancers can look away.
	Drain time.Duration
	// Shutdown is how long requests in flight then get to finish.
	Shutdown time.Duration
	// ExportsSpans says whether a collector was named; the exporter reads its own OTEL_* variables.
	ExportsSpans bool
{%- if values.database == 'postgres' %}
	// DatabaseURL is a libpq URL; if empty, libpq's own variables count (PGHOST, PGUSER and so on).
	DatabaseURL      string
	DatabasePoolSize int
	// DatabaseTimeout is how long a request may take in the database.
	DatabaseTimeout time.Duration
{%- endif %}
}

// Address is where the server listens.
func (c Config) Address() string {
	return net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
}

// FromEnvironment reads the settings; the error names the first wrong one and says what is allowed.
func FromEnvironment(getenv func(string) string) (Config, error) {
	env := reader{getenv: getenv}
	config := Config{
		Host:     env.text("HOST", "127.0.0.1"),
		Port:     env.number("PORT", 8080, 0, 65535),
		LogLevel: env.level("LOG_LEVEL", slog.LevelInfo),
		Drain:    env.duration("DRAIN_TIMEOUT", time.Second),
		Shutdown: env.duration("SHUTDOWN_TIMEOUT", 5*time.Second),
		ExportsSpans: getenv("OTEL_EXPORTER_OTLP_ENDPOINT") != "" ||
			getenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT") != "",
{%- if values.database == 'postgres' %}
		DatabaseURL:      env.text("DATABASE_URL", ""),
		DatabasePoolSize: env.number("DATABASE_POOL_SIZE", 5, 1, 100),
		DatabaseTimeout:  env.duration("DATABASE_TIMEOUT", 2*time.Second),
{%- endif %}
	}
	return config, env.err
}

type reader struct {
	getenv func(string) string
	err    error
}

func (r *reader) refuse(key, value, expected string) {
	if r.err == nil {
		r.err = fmt.Errorf("%s is %q: %s was expected", key, value, expected)
	}
}

func (r *reader) text(key, fallback string) string {
	if value := r.getenv(key); value != "" {
		return value
	}
	return fallback
}

func (r *reader) number(key string, fallback, low, high int) int {
	value := r.getenv(key)
	if value == "" {
		return fallback
	}
	number, err := strconv.Atoi(value)
	if err != nil || number < low || number > high {
		r.refuse(key, value, fmt.Sprintf("a number from %d to %d", low, high))
		return fallback
	}
	return number
}

func (r *reader) duration(key string, fallback time.Duration) time.Duration {
	value := r.getenv(key)
	if value == "" {
		return fallback
	}
	duration, err := time.ParseDuration(value)
	if err != nil || duration < 0 {
		r.refuse(key, value, "a duration such as 1s or 500ms")
		return fallback
	}
	return duration
}

func (r *reader) level(key string, fallback slog.Level) slog.Level {
	value := r.getenv(key)
	if value == "" {
		return fallback
	}
	var level slog.Level
	if err := level.UnmarshalText([]byte(value)); err != nil {
		r.refuse(key, value, "one of debug, info, warn, error")
		return fallback
	}
	return level
}
