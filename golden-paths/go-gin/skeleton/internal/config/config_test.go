package config_test

import (
	"strings"
	"testing"

	"services.internal/${{ values.name }}/internal/config"
)

func TestDefaultsListenOnLoopback(t *testing.T) {
	settings, err := config.FromEnvironment(func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	if settings.Address() != "127.0.0.1:8080" {
		t.Errorf("address is %s", settings.Address())
	}
}

func TestAWrongSettingIsNamed(t *testing.T) {
	for key, value := range map[string]string{
		"PORT":          "65536",
		"LOG_LEVEL":     "loud",
		"DRAIN_TIMEOUT": "soon",
	} {
		_, err := config.FromEnvironment(func(asked string) string {
			if asked == key {
				return value
			}
			return ""
		})
		if err == nil || !strings.Contains(err.Error(), key) || !strings.Contains(err.Error(), value) {
			t.Errorf("%s=%s: the error is %v", key, value, err)
		}
	}
}
