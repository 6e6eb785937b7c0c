// Command sbom prints what a Go binary is made of as a CycloneDX 1.6 document:
//
//	go run ./tools/sbom bin/server > sbom.cdx.json
//
// It reads the list that the linker wrote into the binary, so that what is listed is what runs.
package main

import (
	"crypto/rand"
	"debug/buildinfo"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"strings"
	"time"
)

type component struct {
	Type    string `json:"type"`
	Ref     string `json:"bom-ref,omitempty"`
	Name    string `json:"name"`
	Version string `json:"version"`
	PURL    string `json:"purl,omitempty"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

type document struct {
	Format       string      `json:"bomFormat"`
	SpecVersion  string      `json:"specVersion"`
	SerialNumber string      `json:"serialNumber"`
	Version      int         `json:"version"`
	Metadata     metadata    `json:"metadata"`
	Components   []component `json:"components"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintf(os.Stderr, "error: %v\n", err)
		os.Exit(1)
	}
}

func run() error {
	if len(os.Args) != 2 {
		return fmt.Errorf("usage: sbom BINARY")
	}
	info, err := buildinfo.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	version := os.Getenv("VERSION")
	if version == "" {
		version = "dev"
	}
	// The standard library is a dependency too, and has vulnerabilities of its own.
	components := []component{library("stdlib", strings.TrimPrefix(info.GoVersion, "go"))}
	for _, module := range info.Deps {
		if module.Replace != nil {
			module = module.Replace
		}
		components = append(components, library(module.Path, module.Version))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document{
		Format:       "CycloneDX",
		SpecVersion:  "1.6",
		SerialNumber: "urn:uuid:" + newUUID(),
		Version:      1,
		Metadata: metadata{
			Timestamp: time.Now().UTC().Format(time.RFC3339),
			Component: component{Type: "application", Name: path.Base(info.Main.Path), Version: version},
		},
		Components: components,
	})
}

func library(name, version string) component {
	purl := "pkg:golang/" + name + "@" + version
	return component{Type: "library", Ref: purl, Name: name, Version: version, PURL: purl}
}

// newUUID makes one of version 4 (RFC 9562).
func newUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}
