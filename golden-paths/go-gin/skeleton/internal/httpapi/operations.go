package httpapi

import (
	"context"
	"net/http"
	"sync/atomic"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Readiness says whether requests should be sent here.
type Readiness struct {
	draining atomic.Bool
	// Check says why the service must not have requests now; nil means that nothing is asked.
	Check func(context.Context) error
}

// Drain makes the service not ready; requests are still answered, and each ends its connection.
func (r *Readiness) Drain() { r.draining.Store(true) }

func (r *Readiness) whyNot(ctx context.Context) string {
	if r.draining.Load() {
		return "the service is stopping"
	}
	if r.Check != nil {
		if err := r.Check(ctx); err != nil {
			return err.Error()
		}
	}
	return ""
}

func (r *Readiness) closeConnections(c *gin.Context) {
	if r.draining.Load() {
		c.Header("Connection", "close")
	}
}

func addOperations(router *gin.Engine, parts Parts) {
	// Liveness asks nothing else, so that an outage elsewhere restarts nothing here.
	router.GET("/healthz", func(c *gin.Context) {
		c.JSON(http.StatusOK, gin.H{"status": "ok"})
	})
	router.GET("/readyz", func(c *gin.Context) {
		if reason := parts.Readiness.whyNot(c.Request.Context()); reason != "" {
			c.JSON(http.StatusServiceUnavailable, gin.H{"status": "not ready", "reason": reason})
			return
		}
		c.JSON(http.StatusOK, gin.H{"status": "ready"})
	})
	router.GET("/metrics", gin.WrapH(promhttp.HandlerFor(parts.Metrics, promhttp.HandlerOpts{})))
}
