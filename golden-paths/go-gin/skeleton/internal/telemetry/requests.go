package telemetry

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
)

// Requests counts, times and logs requests.
type Requests struct {
	log      *slog.Logger
	total    *prometheus.CounterVec
	duration *prometheus.HistogramVec
	inFlight prometheus.Gauge
}

// NewRequests registers the metrics in registry.
func NewRequests(log *slog.Logger, registry prometheus.Registerer) *Requests {
	r := &Requests{
		log: log,
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered",
		}, []string{"method", "route", "status"}),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time from request to end of response",
		}, []string{"method", "route"}),
		inFlight: prometheus.NewGauge(prometheus.GaugeOpts{
			Name: "http_requests_in_flight", Help: "Requests being answered now",
		}),
	}
	registry.MustRegister(r.total, r.duration, r.inFlight)
	return r
}

// Observe is the middleware. It also answers 500 for a panic, whose cause stays in the log.
func (r *Requests) Observe(c *gin.Context) {
	started := time.Now()
	r.inFlight.Inc()
	defer func() {
		r.inFlight.Dec()
		cause := recover()
		if cause == http.ErrAbortHandler {
			panic(cause)
		}
		if cause != nil && !c.Writer.Written() {
			c.AbortWithStatusJSON(http.StatusInternalServerError, gin.H{"error": "internal error"})
		}
		r.record(c, time.Since(started), cause)
	}()
	c.Next()
}

func (r *Requests) record(c *gin.Context, took time.Duration, cause any) {
	method := knownMethod(c.Request.Method)
	route := c.FullPath() // not the path: a label must not grow with what clients make up
	if route == "" {
		route = "unmatched"
	}
	r.total.WithLabelValues(method, route, strconv.Itoa(c.Writer.Status())).Inc()
	r.duration.WithLabelValues(method, route).Observe(took.Seconds())

	attrs := []slog.Attr{
		slog.String("method", c.Request.Method),
		slog.String("path", c.Request.URL.Path),
		slog.String("route", route),
		slog.Int("status", c.Writer.Status()),
		slog.Float64("duration_ms", float64(took.Microseconds())/1000),
		slog.String("client", c.RemoteIP()),
	}
	level := slog.LevelInfo
	switch {
	case cause != nil:
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", fmt.Sprintf("panic: %v\n%s", cause, debug.Stack())))
	case len(c.Errors) > 0:
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", c.Errors.Last().Error()))
	case isProbe(route):
		level = slog.LevelDebug
	}
	r.log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// isProbe tells what machines ask all the time.
func isProbe(route string) bool {
	return route == "/healthz" || route == "/readyz" || route == "/metrics"
}

func knownMethod(method string) string {
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodPut, http.MethodPatch,
		http.MethodDelete, http.MethodOptions:
		return method
	default:
		return "_OTHER"
	}
}
