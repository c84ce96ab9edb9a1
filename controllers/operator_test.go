// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package controllers_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/client/interceptor"
	"sigs.k8s.io/controller-runtime/pkg/config"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/controllers"
)

// operatorLabel says which operator an object is for.
const operatorLabel = "test-operator"

// operator is the controllers in a manager of their own, as main.go sets them up. It can be stopped and started again.
type operator struct {
	namespace string
	options   controllers.Options
	log       journal
	calls     calls

	stop    context.CancelFunc
	stopped chan error
}

func newOperator(namespace string, change ...func(*controllers.Options)) *operator {
	o := &operator{namespace: namespace, options: controllers.Options{
		Cluster: "test", Namespace: namespace, OSBNamespace: namespace, UserAgent: "cloudify-operator",
		WatchBusy: 200 * time.Millisecond, WatchIdle: time.Second, WatchList: time.Second, Discovery: time.Second,
		Resync: time.Hour, // so that nothing that should wake an object is mended by it
	}}
	for _, c := range change {
		c(&o.options)
	}
	return o
}

// startOperator starts an operator for one test.
func startOperator(t *testing.T, change ...func(*controllers.Options)) *operator {
	t.Helper()
	o := newOperator(env.Namespace(t), change...)
	if err := o.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := o.end(); err != nil {
			t.Error(err)
		}
	})
	return o
}

func (o *operator) start() error {
	ctx, stop := context.WithCancel(context.Background())
	mgr, err := o.manager(ctx)
	if err != nil {
		stop()
		return fmt.Errorf("set up the operator: %w", err)
	}
	o.stop, o.stopped = stop, make(chan error, 1)
	go func() { o.stopped <- mgr.Start(ctx) }()
	if !mgr.GetCache().WaitForCacheSync(ctx) {
		return errors.Join(errors.New("the caches did not sync"), o.halt())
	}
	return nil
}

func (o *operator) manager(ctx context.Context) (ctrl.Manager, error) {
	restConfig := rest.CopyConfig(env.RestConfig)
	restConfig.QPS, restConfig.Burst = 200, 400
	restConfig.Wrap(o.calls.counted)
	mine := cache.ByObject{Label: labels.SelectorFromSet(labels.Set{operatorLabel: o.namespace})}
	own := cache.ByObject{Namespaces: map[string]cache.Config{o.namespace: {}}}
	mgr, err := ctrl.NewManager(restConfig, ctrl.Options{
		Scheme: env.Scheme,
		// All that an operator ever logs, to be searched for secrets.
		Logger:                 zap.New(zap.WriteTo(&o.log), zap.UseDevMode(true), zap.JSONEncoder()),
		Metrics:                metricsserver.Options{BindAddress: "0"},
		HealthProbeBindAddress: "0",
		Controller:             config.Controller{SkipNameValidation: new(true)},
		Cache: cache.Options{ByObject: map[client.Object]cache.ByObject{
			&corev1.Secret{}: own, &corev1.ConfigMap{}: own,
			&v1alpha1.CloudifyManager{}: mine, &v1alpha1.CloudifyBlueprint{}: mine, &v1alpha1.CloudifyDeployment{}: mine,
			&v1alpha1.CloudifyBinding{}: mine,
		}},
		Client:    client.Options{Cache: &client.CacheOptions{EnableReadYourWritesConsistency: new(true)}},
		NewClient: o.client,
	})
	if err != nil {
		return nil, err
	}
	return mgr, controllers.Setup(ctx, mgr, o.options)
}

// client labels what discovery creates as the operator's own, for nobody else would, and it would not see it.
func (o *operator) client(config *rest.Config, options client.Options) (client.Client, error) {
	c, err := client.NewWithWatch(config, options)
	if err != nil {
		return nil, err
	}
	return interceptor.NewClient(c, interceptor.Funcs{
		Create: func(ctx context.Context, c client.WithWatch, created client.Object, opts ...client.CreateOption) error {
			if err := c.Create(ctx, created, opts...); err != nil || created.GetObjectKind().GroupVersionKind().Kind != "CloudifyBlueprint" {
				return err
			}
			story := created.GetLabels()[v1alpha1.DiscoveredByLabel] // its CloudifyManager has its name
			label := fmt.Sprintf(`{"metadata":{"labels":{%q:%q,%q:%q}}}`, operatorLabel, o.namespace, storyLabel, story)
			return c.Patch(ctx, created, client.RawPatch(types.MergePatchType, []byte(label)), client.FieldOwner("test"))
		},
	}), nil
}

// halt stops the operator, if it runs.
func (o *operator) halt() error {
	if o.stop == nil {
		return nil
	}
	o.stop()
	o.stop = nil
	return <-o.stopped
}

// end stops the operator for good, and looks at what it logged.
func (o *operator) end() error {
	if err := o.halt(); err != nil {
		return fmt.Errorf("stop the operator: %w", err)
	}
	for _, secret := range secrets {
		if line := o.log.line(secret); line != "" {
			return fmt.Errorf("the operator logged a secret: %s", line)
		}
	}
	if line := o.log.line("Observed a panic"); line != "" {
		return fmt.Errorf("the operator panicked: %s", line)
	}
	return nil
}

// journal keeps what is logged.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(p)
}

// lines are those that hold text.
func (j *journal) lines(text string) (found []string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	for line := range strings.Lines(j.text.String()) {
		if strings.Contains(line, text) {
			found = append(found, line)
		}
	}
	return found
}

// line is the first that holds text, "" if none does.
func (j *journal) line(text string) string {
	if found := j.lines(text); len(found) > 0 {
		return found[0]
	}
	return ""
}
