// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package rig

import (
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/hack/loopback"
)

// Services is the namespace of service instances, the default of --osb-namespace; Catalog that of blueprints.
const (
	Services = "cloudify-services"
	Catalog  = OperatorNamespace
)

// Rig is a control plane and a Manager without an operator.
type Rig struct {
	// Admin may do everything and is not measured.
	Admin client.Client
	// AsAdmin and AsOperator are bare clients of the namespace of service instances.
	AsAdmin, AsOperator *Kube
	Manager             *Manager

	dir, binaries string
	trusted       *x509.CertPool
	cluster       *cluster
	stops         []func() error
}

// Start starts the parts. binaries is the folder of what make builds. Stop must be called even after an error.
func Start(ctx context.Context, binaries string) (*Rig, error) {
	r := &Rig{binaries: binaries}
	var err error
	if r.dir, err = os.MkdirTemp("", "cloudify-bench-"); err != nil {
		return r, err
	}
	r.stops = append(r.stops, func() error { return os.RemoveAll(r.dir) })
	for _, start := range []func(context.Context) error{r.writeSecrets, r.startCluster, r.connect} {
		if err := start(ctx); err != nil {
			return r, err
		}
	}
	return r, nil
}

// Stop ends all parts, the last one first, and removes the rig's folder.
func (r *Rig) Stop() error {
	var failures []error
	for _, stop := range slices.Backward(r.stops) {
		failures = append(failures, stop())
	}
	r.stops = nil
	return errors.Join(failures...)
}

// writeSecrets writes what the Secrets osb-server-cert and osb-credentials would be mounted as.
func (r *Rig) writeSecrets(context.Context) error {
	public, private, err := loopback.Certificate()
	if err != nil {
		return err
	}
	r.trusted = x509.NewCertPool()
	r.trusted.AppendCertsFromPEM(public)
	// The operator is a copy, so that nobody builds another one meanwhile.
	binary, err := os.ReadFile(filepath.Join(r.binaries, "manager"))
	if err != nil {
		return fmt.Errorf("%w: make build", err)
	}
	return errors.Join(
		writeFiles(r.certificates(), map[string][]byte{"tls.crt": public, "tls.key": private}),
		writeFiles(r.credentials(), map[string][]byte{"username": []byte(username), "password": []byte(password)}),
		os.WriteFile(r.binary(), binary, 0o700))
}

// writeFiles writes files that only this user can read into a new folder.
func writeFiles(dir string, files map[string][]byte) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	for name, data := range files {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

func (r *Rig) certificates() string { return filepath.Join(r.dir, "osb-server-cert") }
func (r *Rig) credentials() string  { return filepath.Join(r.dir, "osb-credentials") }
func (r *Rig) binary() string       { return filepath.Join(r.dir, "manager") }

func (r *Rig) startCluster(ctx context.Context) (err error) {
	r.cluster, err = startCluster(ctx, r.dir, r.binaries)
	r.stops = append(r.stops, func() error { return r.cluster.stop() })
	if err != nil {
		return err
	}
	if r.Admin, err = client.New(r.cluster.admin, client.Options{Scheme: Scheme}); err != nil {
		return fmt.Errorf("build a client: %w", err)
	}
	if r.AsAdmin, err = newKube(r.cluster.admin, Services); err != nil {
		return err
	}
	r.AsOperator, err = newKube(r.cluster.operator, Services)
	return err
}

// connect starts the Manager and makes it known under the name that blueprints look for.
func (r *Rig) connect(ctx context.Context) (err error) {
	if r.Manager, err = startManager(); err != nil {
		return err
	}
	r.stops = append(r.stops, r.Manager.stop)
	for _, o := range []client.Object{r.Manager.secret(), r.Manager.connection()} {
		// The kinds are new, and take the API server a moment.
		if err := Await(ctx, fmt.Sprintf("the creation of %T", o), patience, time.Second, func(ctx context.Context) error {
			return r.Admin.Create(ctx, o)
		}); err != nil {
			return err
		}
	}
	return nil
}

// ServerVersion is that of the API server.
func (r *Rig) ServerVersion(ctx context.Context) (string, error) {
	var version struct{ GitVersion string }
	text, err := r.AsAdmin.cores.Get().AbsPath("/version").DoRaw(ctx)
	if err == nil {
		err = json.Unmarshal(text, &version)
	}
	if err != nil {
		return "", fmt.Errorf("ask the API server for its version: %w", err)
	}
	return version.GitVersion, nil
}
