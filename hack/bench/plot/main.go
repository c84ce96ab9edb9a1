// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command plot draws figures of a benchmark as SVG: it reads them as JSON from standard input, an array of figures. With a path as
// argument it reads panels of a dashboard instead, and draws them all into that file.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

func main() {
	draw := run
	if len(os.Args) == 2 {
		draw = func(from io.Reader) error { return dashboard(from, os.Args[1]) }
	}
	if err := draw(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// figure is one file; its JSON is written by hack/bench.
type figure struct {
	Path   string   `json:"path"`
	Title  string   `json:"title"`
	X      axis     `json:"x"`
	Y      axis     `json:"y"`
	Series []series `json:"series"`
}

type axis struct {
	Label string `json:"label"`
	// Log makes the axis logarithmic; all values must be positive then.
	Log bool `json:"log"`
}

// series is a line through points, which are pairs of X and Y.
type series struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

func run(from io.Reader) error {
	var figures []figure
	if err := json.NewDecoder(from).Decode(&figures); err != nil {
		return fmt.Errorf("read the figures: %w", err)
	}
	for _, f := range figures {
		if err := f.draw(); err != nil {
			return fmt.Errorf("draw %s: %w", f.Path, err)
		}
	}
	return nil
}

func (f figure) draw() error {
	p := plot.New()
	p.Title.Text = f.Title
	p.Add(plotter.NewGrid())
	f.X.apply(&p.X)
	f.Y.apply(&p.Y)
	p.X.Tick.Marker = f.measuredAt()
	for i, s := range f.Series {
		points := make(plotter.XYs, 0, len(s.Points))
		for _, at := range s.Points {
			points = append(points, plotter.XY{X: at[0], Y: at[1]})
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Name, err)
		}
		line.Color, marks.Color = plotutil.Color(i), plotutil.Color(i)
		marks.Shape = plotutil.Shape(i)
		p.Add(line, marks)
		p.Legend.Add(s.Name, line, marks)
	}
	// The legend stands above the lines.
	p.Legend.Top, p.Legend.Left = true, true
	if f.Y.Log {
		p.Y.Max *= float64(4 * len(f.Series))
	} else {
		p.Y.Min, p.Y.Max = 0, 1.3*p.Y.Max // heights are compared
	}
	return save(p, f.Path)
}

// margin is room for what is written around the middle of a tick, or above all.
const margin = vg.Centimeter / 2

func save(p *plot.Plot, path string) error {
	picture := vgsvg.New(18*vg.Centimeter, 11*vg.Centimeter)
	whole := draw.New(picture)
	whole.SetColor(p.BackgroundColor)
	whole.Fill(whole.Path())
	p.Draw(draw.Crop(whole, 0, -margin, 0, -margin/2))
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = picture.WriteTo(file)
	return errors.Join(err, file.Close())
}

// measuredAt has a tick for each X that something was measured at.
func (f figure) measuredAt() plot.ConstantTicks {
	var ticks plot.ConstantTicks
	for _, s := range f.Series {
		for _, at := range s.Points {
			tick := plot.Tick{Value: at[0], Label: strconv.FormatFloat(at[0], 'f', -1, 64)}
			if !slices.Contains(ticks, tick) {
				ticks = append(ticks, tick)
			}
		}
	}
	return ticks
}

func (a axis) apply(to *plot.Axis) {
	to.Label.Text = a.Label
	if a.Log {
		to.Scale, to.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
}
