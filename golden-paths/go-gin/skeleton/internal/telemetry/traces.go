package telemetry

import (
	"context"
	"fmt"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/exporters/otlp/otlptrace/otlptracehttp"
	"go.opentelemetry.io/otel/sdk/resource"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"
)

// NewTracerProvider gives every request a trace id, also where nothing collects the spans.
func NewTracerProvider(
	ctx context.Context, name, version string, exports bool,
) (*sdktrace.TracerProvider, error) {
	described, err := resource.New(ctx,
		resource.WithAttributes(
			attribute.String("service.name", name),
			attribute.String("service.version", version),
		),
		resource.WithTelemetrySDK(),
		resource.WithFromEnv(), // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES win
	)
	if err != nil {
		return nil, fmt.Errorf("describe the service to its traces: %w", err)
	}
	options := []sdktrace.TracerProviderOption{sdktrace.WithResource(described)}
	if exports {
		exporter, err := otlptracehttp.New(ctx)
		if err != nil {
			return nil, fmt.Errorf("make the exporter of spans: %w", err)
		}
		options = append(options, sdktrace.WithBatcher(exporter))
	}
	return sdktrace.NewTracerProvider(options...), nil
}
