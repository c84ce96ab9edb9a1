// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"time"

	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
)

// loginTime bounds a login as a whole.
const loginTime = 10 * time.Second

// login opens a connection that is good for work.
func login(ctx context.Context, config cloudify.Config) (*cloudify.Client, *cloudify.Version, error) {
	client, err := cloudify.New(config)
	if err != nil {
		return nil, nil, configError{err}
	}
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	version, err := probe(ctx, client)
	if err != nil {
		client.Close()
		return nil, nil, err
	}
	return client, version, nil
}

// probe asks what all work begins with: the version, which says what the Manager is; a list of blueprints, which shows that the
// tenant may be used; and one of executions, which shows that the Manager answers more than its version.
func probe(ctx context.Context, client connection.Manager) (*cloudify.Version, error) {
	version, err := client.GetVersion(ctx)
	if err != nil {
		return nil, err
	}
	if !client.Release().AtLeast(oldestRelease.Major, oldestRelease.Minor) {
		return nil, releaseError{version.Version}
	}
	if _, err := client.ListBlueprints(ctx, cloudify.BlueprintFilter{IDs: []string{"none"}}); err != nil {
		return nil, err
	}
	_, err = client.ListExecutions(ctx, cloudify.ExecutionFilter{NewestFirst: true, Limit: 1})
	return version, err
}

// stillAnswers asks over a connection that is in doubt what a login asks, and returns the error that ends it. That a single kind
// of request is refused does not.
func stillAnswers(ctx context.Context, conn *connection.Connection) error {
	if !conn.TakeDoubt() {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, loginTime)
	defer cancel()
	if _, err := probe(ctx, conn); cloudify.IsDoubtful(err) || connection.IsOutage(err) {
		return err
	}
	return nil
}
