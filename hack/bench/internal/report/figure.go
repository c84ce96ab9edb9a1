// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package report

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
)

// Figure is drawn as SVG, by bin/bench-plot of hack/bench/plot, which reads it as JSON.
type Figure struct {
	Path   string   `json:"path"` // beside the document
	Title  string   `json:"title"`
	X      Axis     `json:"x"`
	Y      Axis     `json:"y"`
	Series []Series `json:"series"`
}

// Axis of a figure; the values of a logarithmic one are positive.
type Axis struct {
	Label string `json:"label"`
	Log   bool   `json:"log"`
}

// Series is a line through points of X and Y.
type Series struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

func draw(ctx context.Context, plotter, folder string, figures []Figure) error {
	if len(figures) == 0 {
		return nil
	}
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return err
	}
	for i := range figures {
		figures[i].Path = filepath.Join(absolute, figures[i].Path)
	}
	encoded, err := json.Marshal(figures)
	if err != nil {
		return fmt.Errorf("encode figures: %w", err)
	}
	command := exec.CommandContext(ctx, plotter)
	command.Stdin = bytes.NewReader(encoded)
	var complaints bytes.Buffer
	command.Stderr = &complaints
	if err := command.Run(); err != nil {
		return fmt.Errorf("draw the figures (make bench builds %s): %w: %s", filepath.Base(plotter), err, strings.TrimSpace(complaints.String()))
	}
	return nil
}
