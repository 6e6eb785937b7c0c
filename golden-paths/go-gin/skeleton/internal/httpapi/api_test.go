package httpapi_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"
	"github.com/goccy/go-yaml"
	"github.com/prometheus/client_golang/prometheus"
	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"services.internal/${{ values.name }}/internal/httpapi"
	"services.internal/${{ values.name }}/internal/telemetry"
)

type service struct {
	*testing.T
	router    *gin.Engine
	readiness *httpapi.Readiness
	log       *bytes.Buffer
}

{% if values.database == 'postgres' -%}
// newService has its items in memory; what PostgreSQL adds is tested beside its code.
{% endif -%}
func newService(t *testing.T) *service {
	s := &service{T: t, readiness: &httpapi.Readiness{}, log: &bytes.Buffer{}}
	s.router = httpapi.NewRouter(httpapi.Parts{
		Name:      "tested",
		Version:   "1",
		Log:       telemetry.NewLogger(s.log, slog.LevelInfo),
		Tracer:    sdktrace.NewTracerProvider(),
		Metrics:   prometheus.NewRegistry(),
		Readiness: s.readiness,
{%- if values.database == 'postgres' %}
		Items:     &memory{},
{%- endif %}
	})
	return s
}

func (s *service) ask(method, path, body string, headers ...string) *httptest.ResponseRecorder {
	s.Helper()
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer := httptest.NewRecorder()
	s.router.ServeHTTP(answer, request)
	return answer
}

// expect asks and compares; an empty want compares the status alone.
func (s *service) expect(method, path, body string, status int, want string) {
	s.Helper()
	answer := s.ask(method, path, body)
	if answer.Code != status {
		s.Errorf("%s %s: status %d, not %d: %s", method, path, answer.Code, status, answer.Body)
	}
	if got := answer.Body.String(); want != "" && got != want {
		s.Errorf("%s %s: %s, not %s", method, path, got, want)
	}
}

func TestSaysWhatRuns(t *testing.T) {
{%- if values.database == 'postgres' %}
	newService(t).expect("GET", "/", "", 200, `{"items":0,"service":"tested","version":"1"}`)
{%- else %}
	s := newService(t)
	s.expect("GET", "/", "", 200, `{"service":"tested","version":"1"}`)
	s.expect("GET", "/greetings/Ada", "", 200, `{"message":"Hello, Ada!"}`)
{%- endif %}
}

func TestIsAliveAndReady(t *testing.T) {
	s := newService(t)
	s.expect("GET", "/healthz", "", 200, `{"status":"ok"}`)
	s.expect("GET", "/readyz", "", 200, `{"status":"ready"}`)
}

func TestIsNotReadyButServesWhileItDrains(t *testing.T) {
	s := newService(t)
	s.readiness.Drain()
	s.expect("GET", "/readyz", "", 503, `{"reason":"the service is stopping","status":"not ready"}`)
	s.expect("GET", "/healthz", "", 200, "")
	if got := s.ask("GET", "/", "").Header().Get("Connection"); got != "close" {
		t.Errorf("Connection is %q", got)
	}
}

func TestRefusesWhatIsNotThere(t *testing.T) {
	s := newService(t)
	s.expect("GET", "/no/such/page", "", 404, `{"error":"there is nothing here"}`)
	s.expect("PATCH", "/", "", 405, `{"error":"the method is not allowed here"}`)
}

func TestCountsRequestsByRoute(t *testing.T) {
	s := newService(t)
	s.ask("GET", "/no/such/page", "")
	metrics := s.ask("GET", "/metrics", "").Body.String()
	if !strings.Contains(metrics, `http_requests_total{method="GET",route="unmatched",status="404"} 1`) {
		t.Errorf("the request is not counted:\n%s", metrics)
	}
}

func TestLogsOneLineWithTheTraceOfTheCaller(t *testing.T) {
	s := newService(t)
	trace := "4bf92f3577b34da6a3ce929d0e0e4736"
	s.ask("GET", "/", "", "traceparent", "00-"+trace+"-00f067aa0ba902b7-01")
	var line struct {
		Message, Method, Route string
		Status                 int
		TraceID                string `json:"trace_id"`
	}
	decoder := json.NewDecoder(s.log)
	if err := decoder.Decode(&line); err != nil {
		t.Fatal(err)
	}
	if line.Message != "request" || line.Route != "/" || line.Status != 200 || line.TraceID != trace {
		t.Errorf("the line is %+v", line)
	}
	if err := decoder.Decode(&line); err != io.EOF {
		t.Errorf("there is a second line: %+v", line)
	}
}

func TestAPanicStaysInTheLog(t *testing.T) {
	s := newService(t)
	s.router.GET("/broken", func(*gin.Context) { panic("the cause") })
	s.expect("GET", "/broken", "", 500, `{"error":"internal error"}`)
	if !strings.Contains(s.log.String(), "the cause") {
		t.Errorf("the log is %s", s.log)
	}
}

func TestOpenAPISaysWhatIsServed(t *testing.T) {
	text, err := os.ReadFile("../../openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var document struct {
		Paths map[string]map[string]any
	}
	if err := yaml.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var said, served []string
	for path, methods := range document.Paths {
		for method := range methods {
			said = append(said, strings.ToUpper(method)+" "+path)
		}
	}
	parameter := regexp.MustCompile(`:(\w+)`)
	for _, route := range newService(t).router.Routes() {
		served = append(served, route.Method+" "+parameter.ReplaceAllString(route.Path, "{$1}"))
	}
	slices.Sort(said)
	slices.Sort(served)
	if !slices.Equal(said, served) {
		t.Errorf("openapi.yaml says\n%v\nserved is\n%v", said, served)
	}
}
