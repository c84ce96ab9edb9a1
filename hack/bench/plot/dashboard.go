// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// panel is one of a dashboard: lines over seconds. Its JSON is written by TestDashboard of hack/e2e.
type panel struct {
	Title  string   `json:"title"`
	Unit   string   `json:"unit"`
	Series []series `json:"series"`
}

const (
	// columns of panels, as the dashboard has them.
	columns                 = 3
	panelWidth, panelHeight = 11 * vg.Centimeter, 7 * vg.Centimeter
	// mostInLegend lines are named: more would hide them.
	mostInLegend = 6
)

// dashboard draws panels beside and below each other.
func dashboard(from io.Reader, path string) error {
	var panels []panel
	if err := json.NewDecoder(from).Decode(&panels); err != nil {
		return fmt.Errorf("read the panels: %w", err)
	}
	rows := (len(panels) + columns - 1) / columns
	picture := vgsvg.New(columns*panelWidth, vg.Length(rows)*panelHeight)
	whole := draw.New(picture)
	tiles := draw.Tiles{Rows: rows, Cols: columns, PadX: margin, PadY: margin, PadTop: margin, PadBottom: margin, PadLeft: margin, PadRight: margin}
	end := 1.0
	for _, panel := range panels {
		for _, s := range panel.Series {
			for _, at := range s.Points {
				end = math.Max(end, at[0])
			}
		}
	}
	for i, panel := range panels {
		p, err := panel.plot(end)
		if err != nil {
			return fmt.Errorf("draw %s: %w", panel.Title, err)
		}
		if i == 0 {
			whole.SetColor(p.BackgroundColor)
			whole.Fill(whole.Path())
		}
		p.Draw(tiles.At(whole, i%columns, i/columns))
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = picture.WriteTo(file)
	return errors.Join(err, file.Close())
}

// units are what a value is in, as an axis says it.
var units = map[string]string{"s": "seconds", "reqps": "requests/s", "ops": "a second", "bytes": "MiB", "bool": "1: yes"}

// plot shows the lines of a panel, from the beginning to an end that all panels share.
func (f panel) plot(end float64) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = f.Title, "seconds", units[f.Unit]
	p.Add(plotter.NewGrid())
	highest := 1e-3
	for i, s := range f.Series {
		points := make(plotter.XYs, 0, len(s.Points))
		for _, at := range s.Points {
			y := at[1]
			if f.Unit == "bytes" {
				y /= 1 << 20
			}
			points, highest = append(points, plotter.XY{X: at[0], Y: y}), math.Max(highest, y)
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.Name, err)
		}
		line.Color, line.Width = plotutil.Color(i), vg.Points(1.2)
		p.Add(line)
		switch {
		case i < mostInLegend:
			p.Legend.Add(s.Name, line)
		case i == mostInLegend:
			p.Legend.Add(fmt.Sprintf("and %d more", len(f.Series)-mostInLegend))
		}
	}
	p.Legend.Top, p.Legend.Left, p.Legend.TextStyle.Font.Size = true, true, vg.Points(7)
	p.Title.TextStyle.Font.Size, p.X.Label.TextStyle.Font.Size, p.Y.Label.TextStyle.Font.Size = vg.Points(10), vg.Points(8), vg.Points(8)
	p.X.Min, p.X.Max = 0, end
	// The legend stands above the lines.
	p.Y.Min, p.Y.Max = 0, highest*(1.2+0.15*float64(min(len(f.Series), mostInLegend+1)))
	return p, nil
}
