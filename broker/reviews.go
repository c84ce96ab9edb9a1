// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package broker

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sync/singleflight"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/cloudify-operator/cloudify-operator/broker/internal/service"
)

// apiGroup is the one of the resources that callers need rights for. It has no kinds.
const apiGroup = "osb.cloudify.co"

const (
	// acceptedFor and refusedFor are how long an answer of Kubernetes is believed.
	acceptedFor = time.Minute
	refusedFor  = 10 * time.Second
	// maxReviews are asked for at once, maxAnswers remembered, and maxReviewTime waited for one.
	maxReviews    = 32
	maxAnswers    = 4096
	maxReviewTime = 10 * time.Second
)

// errReviews is that Kubernetes is being asked too much at once.
var errReviews = errors.New("too many reviews at once")

// user is who Kubernetes says somebody is.
type user = authenticationv1.UserInfo

// reviewer asks Kubernetes who callers are, and what they may.
type reviewer struct {
	client client.Client
	// audience is who a token must be for, and namespace is where instances are.
	audience, namespace string

	slots   chan struct{}
	answers *cache.LRUExpireCache
	// open are the questions that are being asked: who comes with the same one shares its answer.
	open singleflight.Group
}

// newReviewer needs a client that may create TokenReviews and SubjectAccessReviews.
func newReviewer(c client.Client, audience, namespace string) *reviewer {
	return &reviewer{
		client: c, audience: audience, namespace: namespace,
		slots: make(chan struct{}, maxReviews), answers: cache.NewLRUExpireCache(maxAnswers),
	}
}

// identify finds out whose token it is.
func (r *reviewer) identify(ctx context.Context, token string) (*user, error) {
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: []string{r.audience}}}
	answer, err := r.ask(ctx, sha256.Sum256([]byte("token "+token)), review, func() any {
		if !review.Status.Authenticated || !slices.Contains(review.Status.Audiences, r.audience) {
			return nil
		}
		return &review.Status.User
	})
	if err != nil {
		return nil, err
	}
	if who, known := answer.(*user); known {
		return who, nil
	}
	return nil, errUnauthorized
}

// allow tells why somebody may not do something.
func (r *reviewer) allow(ctx context.Context, who *user, verb, resource string) error {
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: who.Username, UID: who.UID, Groups: who.Groups, Extra: map[string]authorizationv1.ExtraValue{},
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: r.namespace, Verb: verb, Group: apiGroup, Resource: resource},
	}}
	for name, values := range who.Extra {
		review.Spec.Extra[name] = authorizationv1.ExtraValue(values)
	}
	question, err := json.Marshal(review.Spec)
	if err != nil {
		return fmt.Errorf("encode a SubjectAccessReview: %w", err)
	}
	answer, err := r.ask(ctx, sha256.Sum256(append([]byte("access "), question...)), review, func() any {
		if !review.Status.Allowed {
			return nil
		}
		return true
	})
	if err == nil && answer == nil {
		return errForbidden
	}
	return err
}

// ask lets Kubernetes fill in a review, unless it did so lately or is about to. An answer of nil is a refusal.
func (r *reviewer) ask(ctx context.Context, key [sha256.Size]byte, review client.Object, verdict func() any) (any, error) {
	if answer, known := r.answers.Get(key); known {
		return answer, nil
	}
	answer, err, _ := r.open.Do(string(key[:]), func() (any, error) {
		if answer, known := r.answers.Get(key); known { // since a moment ago
			return answer, nil
		}
		select {
		case r.slots <- struct{}{}:
			defer func() { <-r.slots }()
		default:
			return nil, errReviews
		}
		// The others wait on when the one that asks is given up.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), maxReviewTime)
		defer cancel()
		if err := r.client.Create(ctx, review); err != nil {
			return nil, fmt.Errorf("ask Kubernetes about a caller: %w: %w", service.ErrUnavailable, err)
		}
		answer, ttl := verdict(), acceptedFor
		if answer == nil {
			ttl = refusedFor
		}
		r.answers.Add(key, answer, ttl)
		return answer, nil
	})
	return answer, err
}
