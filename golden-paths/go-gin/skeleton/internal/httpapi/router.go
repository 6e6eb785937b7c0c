// Package httpapi is what the service serves; openapi.yaml says the same, and a test compares them.
package httpapi

import (
	"log/slog"
	"net/http"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"go.opentelemetry.io/contrib/instrumentation/github.com/gin-gonic/gin/otelgin"
	"go.opentelemetry.io/otel/propagation"
	"go.opentelemetry.io/otel/trace"

{%- if values.database == 'postgres' %}
	"services.internal/${{ values.name }}/internal/items"
{%- endif %}
	"services.internal/${{ values.name }}/internal/telemetry"
)

// Parts are what the API is made of.
type Parts struct {
	Name, Version string
	Log           *slog.Logger
	Tracer        trace.TracerProvider
	Metrics       *prometheus.Registry
	Readiness     *Readiness
{%- if values.database == 'postgres' %}
	Items         items.Store
{%- endif %}
}

// NewRouter puts the API together.
func NewRouter(parts Parts) *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.HandleMethodNotAllowed = true
	router.Use(
		otelgin.Middleware(parts.Name,
			otelgin.WithTracerProvider(parts.Tracer),
			otelgin.WithPropagators(propagation.TraceContext{}),
		),
		telemetry.NewRequests(parts.Log, parts.Metrics).Observe,
		parts.Readiness.closeConnections,
	)
	router.NoRoute(func(c *gin.Context) { fail(c, http.StatusNotFound, "there is nothing here") })
	router.NoMethod(func(c *gin.Context) {
		fail(c, http.StatusMethodNotAllowed, "the method is not allowed here")
	})

	addOperations(router, parts)
{%- if values.database == 'postgres' %}
	addItems(router, parts)
{%- else %}
	addGreetings(router, parts)
{%- endif %}
	return router
}

func fail(c *gin.Context, status int, message string) {
	c.AbortWithStatusJSON(status, gin.H{"error": message})
}
