// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

// Command simulator serves a Cloudify Manager that exists in memory only.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/cloudify-operator/cloudify-operator/hack/simulator"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	err := run(ctx, parseFlags())
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

type options struct {
	bindAddress string
	manager     simulator.Options
	blueprints  preloads
}

func parseFlags() options {
	var o options
	flag.StringVar(&o.bindAddress, "bind-address", "127.0.0.1:8100", "where to listen; port 0: any free one")
	flag.StringVar(&o.manager.Release, "release", "7.1", "the release of Cloudify Manager to simulate: "+strings.Join(simulator.Releases(), ", "))
	flag.Float64Var(&o.manager.TimeScale, "time-scale", 1, "how many times faster than real time the Manager works")
	flag.DurationVar(&o.manager.OperationDuration, "operation-duration", 200*time.Millisecond,
		"how long an operation takes if its blueprint does not say")
	flag.StringVar(&o.manager.Username, "username", "admin", "the name of the only user")
	flag.StringVar(&o.manager.Password, "password", "admin", "the password of the only user")
	flag.Var(&o.blueprints, "blueprint", "id=path: a folder or an archive to upload before serving; may be repeated")
	plugins := flag.String("plugins", "", "a folder of plugins that blueprints can import: NAME.yaml, or NAME/plugin.yaml")
	flag.Parse()
	if *plugins != "" {
		o.manager.Plugins = os.DirFS(*plugins)
	}
	return o
}

func run(ctx context.Context, o options) error {
	if o.manager.TimeScale <= 0 {
		return errors.New("--time-scale must be positive: nobody could move a clock that stands still")
	}
	if !simulator.Knows(o.manager.Release) {
		return fmt.Errorf("--release %s is not known: choose of %s", o.manager.Release, strings.Join(simulator.Releases(), ", "))
	}
	sim := simulator.New(o.manager)
	if err := o.blueprints.upload(sim); err != nil {
		return err
	}
	sim.OnChange(func(c simulator.Change) {
		fmt.Println(time.Now().Format(time.TimeOnly), c.Status, c.Route, c.ID)
	})
	listener, err := net.Listen("tcp", o.bindAddress)
	if err != nil {
		return err
	}
	fmt.Printf("Cloudify Manager %s at http://%s/api/v3.1\n", o.manager.Release, listener.Addr())
	return serve(ctx, listener, sim)
}

// serve ends cleanly when ctx does.
func serve(ctx context.Context, listener net.Listener, sim *simulator.Simulator) error {
	server := &http.Server{Handler: sim, ReadHeaderTimeout: 10 * time.Second}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	// Not ctx, which has ended: requests that wait for a workflow get a moment to end.
	grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// preloads are the blueprints to upload before serving.
type preloads []preload

type preload struct{ id, path string }

func (p *preloads) String() string { return "" }

// Set reads id=path.
func (p *preloads) Set(value string) error {
	id, path, ok := strings.Cut(value, "=")
	if !ok || id == "" || path == "" {
		return errors.New("must be id=path")
	}
	*p = append(*p, preload{id, path})
	return nil
}

func (p preloads) upload(sim *simulator.Simulator) error {
	for _, b := range p {
		archive, err := read(b.path)
		if err != nil {
			return err
		}
		if err := sim.AddBlueprint(b.id, archive, ""); err != nil {
			return fmt.Errorf("upload %s from %s: %w", b.id, b.path, err)
		}
	}
	return nil
}

// read makes an archive of a folder; a file is one.
func read(path string) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return os.ReadFile(path)
	}
	return simulator.ZipFS(os.DirFS(path))
}
