//go:build tools

// Package tools names the commands that hack/build-tools builds from this module.
package tools

import (
	_ "github.com/helm-unittest/helm-unittest/cmd/helm-unittest"
)
