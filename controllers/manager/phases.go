// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package manager

import (
	"context"
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/cloudify"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/connection"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/index"
	"github.com/cloudify-operator/cloudify-operator/controllers/internal/outcome"
)

// claim takes hold of the CloudifyManager, and lets go of one that is deleted and that nobody uses.
func (r *reconciler) claim(ctx context.Context, s *scope) error {
	if s.manager.DeletionTimestamp.IsZero() {
		if !controllerutil.AddFinalizer(s.manager, v1alpha1.Finalizer) {
			return nil
		}
		patch := client.MergeFromWithOptions(s.before, client.MergeFromWithOptimisticLock{})
		if err := r.Patch(ctx, s.manager, patch); err != nil {
			return fmt.Errorf("add finalizer: %w", err)
		}
		if connection.Stripped(s.before) {
			r.Reporter.AnnounceRestored(s.manager)
		}
		s.before = s.manager.DeepCopy()
		return nil
	}
	users, err := r.usersOf(ctx, s.manager.Name)
	if err != nil || len(users) > 0 {
		s.users = users
		return err
	}
	r.forget(s.manager.Name)
	return connection.LetGo(ctx, r.Client, s.manager)
}

// usersOf lists what belongs to a Manager, for people: kind namespace/name. What was discovered there leaves with it, unless
// the Manager would be asked to delete something.
func (r *reconciler) usersOf(ctx context.Context, manager string) ([]string, error) {
	of := client.MatchingFields{index.Manager: manager}
	var deployments v1alpha1.CloudifyDeploymentList
	if err := r.List(ctx, &deployments, of); err != nil {
		return nil, fmt.Errorf("list CloudifyDeployments: %w", err)
	}
	var blueprints v1alpha1.CloudifyBlueprintList
	if err := r.List(ctx, &blueprints, of); err != nil {
		return nil, fmt.Errorf("list CloudifyBlueprints: %w", err)
	}
	var users []string
	for i := range deployments.Items {
		users = append(users, "CloudifyDeployment "+client.ObjectKeyFromObject(&deployments.Items[i]).String())
	}
	for i := range blueprints.Items {
		b := &blueprints.Items[i]
		if b.Labels[v1alpha1.DiscoveredByLabel] == manager && b.EffectiveDeletionPolicy() == v1alpha1.DeletionPolicyOrphan {
			continue
		}
		users = append(users, "CloudifyBlueprint "+client.ObjectKeyFromObject(b).String())
	}
	slices.Sort(users)
	return users, nil
}

// resolve reads the Secret and the certificate authorities. Without them the connection closes.
func (r *reconciler) resolve(ctx context.Context, s *scope) error {
	config, err := r.configOf(ctx, s.manager)
	if err != nil {
		r.disconnect(s.manager.Name)
		return err
	}
	s.config = config
	return nil
}

func (r *reconciler) configOf(ctx context.Context, m *v1alpha1.CloudifyManager) (cloudify.Config, error) {
	config := cloudify.Config{Endpoint: m.Spec.Endpoint, Tenant: m.Spec.Tenant, UserAgent: r.UserAgent}
	if limit := m.Spec.RateLimit; limit != nil {
		config.MaxInFlight, config.QPS, config.Burst = int(limit.InFlight), int(limit.QPS), int(limit.Burst)
	}
	key := types.NamespacedName{Namespace: r.Namespace, Name: m.Spec.CredentialsSecretRef.Name}
	var secret corev1.Secret
	switch err := r.Get(ctx, key, &secret); {
	case apierrors.IsNotFound(err):
		return config, outcome.Wait(v1alpha1.ReasonInvalidCredentials,
			"Secret %s not found: create it with the keys username and password, or token", key)
	case err != nil:
		return config, fmt.Errorf("read credentials Secret: %w", err)
	}
	if err := logInWith(&config, &secret); err != nil {
		return config, err
	}
	tls := m.Spec.TLS
	if tls == nil {
		return config, nil
	}
	config.ServerName, config.InsecureSkipVerify = tls.ServerName, tls.InsecureSkipVerify
	var err error
	if tls.CARef != nil {
		config.CA, err = r.authorities(ctx, *tls.CARef)
	}
	return config, err
}

// authorities reads the PEM text that a CAReference names.
func (r *reconciler) authorities(ctx context.Context, ref v1alpha1.CAReference) ([]byte, error) {
	object := types.NamespacedName{Namespace: r.Namespace, Name: ref.Name}
	key := ref.Key
	if key == "" {
		key = "ca.crt"
	}
	var pem []byte
	var err error
	if ref.Kind == "Secret" {
		var secret corev1.Secret
		err = r.Get(ctx, object, &secret)
		pem = secret.Data[key]
	} else {
		var config corev1.ConfigMap
		err = r.Get(ctx, object, &config)
		pem = []byte(config.Data[key])
	}
	switch {
	case apierrors.IsNotFound(err):
		return nil, outcome.Wait(v1alpha1.ReasonInvalidTLS, "%s %s of tls.caRef not found: create it with the key %s", ref.Kind, object, key)
	case err != nil:
		return nil, fmt.Errorf("read certificate authorities: %w", err)
	case len(pem) == 0:
		return nil, outcome.Wait(v1alpha1.ReasonInvalidTLS, "%s %s of tls.caRef has no key %s", ref.Kind, object, key)
	}
	return pem, nil
}

// connect tries the Manager where that is due, and opens or closes the connection by what it answers.
func (r *reconciler) connect(ctx context.Context, s *scope) error {
	name := s.manager.Name
	attempt := r.probes.of(name, s.config, v1alpha1.RequestedAt(s.manager))
	if conn, err := r.Pool.Get(name); err == nil && attempt.fresh() {
		if err := stillAnswers(ctx, conn); err != nil {
			r.disconnect(name)
			return r.probes.failed(name, s.manager, err)
		}
		s.version, s.readAgain = attempt.version, attempt.remaining()
		return nil
	}
	if attempt.tooEarly() {
		return attempt.waitOn()
	}
	// A refusal that others met counts as a try: the account would be one password nearer to its lock. So does a connection
	// that was lost soon; any other is tried at once.
	cause := r.Pool.TakeCause(name)
	if attempt.version != nil && (cloudify.IsUnauthorized(cause) || cause != nil && attempt.lostSoon()) {
		r.disconnect(name)
		return r.probes.failed(name, s.manager, cause)
	}
	config := s.config
	config.Permit = r.Leadership
	client, version, err := login(ctx, config)
	s.manager.Status.LastHandledRequest = v1alpha1.RequestedAt(s.manager)
	if err != nil {
		r.disconnect(name)
		ctrl.LoggerFrom(ctx).Info("Manager refused", "error", err.Error())
		return r.probes.failed(name, s.manager, err)
	}
	s.version, s.readAgain = version, r.probes.succeeded(name, version)
	if lostBefore(s.before) {
		r.Watcher.RestoreLost(name)
	}
	r.Watcher.Open(name, r.Pool.Open(name, client))
	return nil
}

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

// probe asks what all work begins with: the version says what the Manager is, a list of blueprints that the tenant may be
// used, and one of executions that it does not hang as soon as it is asked for more than its name.
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

// stillAnswers asks a connection that is in doubt what a login asks, and returns what gives it up: what refuses one request
// alone does not.
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

// forget ends what there is for a CloudifyManager that ends, or went by force.
func (r *reconciler) forget(name string) {
	r.disconnect(name)
	r.probes.forget(name)
	r.counts.forget(name)
	r.tally.set(name, 0)
}

func (r *reconciler) disconnect(name string) {
	r.Pool.Close(name)
	r.Watcher.Close(name)
}

// inventory holds everything back at a Manager whose deployments vanished, until it is asked to accept that.
func (r *reconciler) inventory(_ context.Context, s *scope) error {
	missing, known, lost := r.Watcher.InventoryLost(s.manager.Name)
	if !lost {
		return nil
	}
	if asked := v1alpha1.RequestedAt(s.manager); asked != s.before.Status.LastHandledRequest && lostBefore(s.before) {
		r.Watcher.AcceptInventory(s.manager.Name)
		s.manager.Status.LastHandledRequest = asked
		return nil
	}
	s.manager.Status.LastHandledRequest = v1alpha1.RequestedAt(s.manager)
	if known == 0 {
		return outcome.Stall(v1alpha1.ReasonInventoryLost, "%s", lostMessage(s.before))
	}
	return outcome.Stall(v1alpha1.ReasonInventoryLost,
		"%d of %d deployments vanished from the Manager at once. Nothing is created or released there. When it is the right Manager "+
			"with the right data, set the annotation %s on this CloudifyManager to a new value; deployments still missing are then created anew",
		missing, known, v1alpha1.RequestedAtAnnotation)
}

// lostBefore tells whether the CloudifyManager was stalled for lost deployments, be it by an earlier process.
func lostBefore(m *v1alpha1.CloudifyManager) bool {
	stalled := meta.FindStatusCondition(m.Status.Conditions, v1alpha1.StalledCondition)
	return stalled != nil && stalled.Reason == v1alpha1.ReasonInventoryLost
}

func lostMessage(m *v1alpha1.CloudifyManager) string {
	return meta.FindStatusCondition(m.Status.Conditions, v1alpha1.StalledCondition).Message
}

// release says who holds back a CloudifyManager that is deleted; its connection goes on working for them.
func (r *reconciler) release(_ context.Context, s *scope) error {
	if len(s.users) == 0 {
		return nil
	}
	return outcome.Wait(v1alpha1.ReasonInUse, "deletion waits for what uses this Manager: %s. Delete these, or set their deletionPolicy to Orphan first",
		outcome.Enumerate(s.users, 5))
}
