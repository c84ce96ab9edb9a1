// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package doors

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"

	"golang.org/x/sync/singleflight"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	"k8s.io/apimachinery/pkg/util/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// APIGroup is the one of the resources that callers need rights for. It has no kinds.
const APIGroup = "osb.cloudify.co"

// maxAnswers of each kind are remembered.
const maxAnswers = 4096

// user is a caller as Kubernetes knows it.
type user = authenticationv1.UserInfo

// reviewer asks Kubernetes who callers are, and what they may do.
type reviewer struct {
	client client.Client
	// audience is what a token must carry, and namespace is where instances are.
	audience, namespace string

	limits Limits
	turns  *turns
	// accepted and refused are answers of Kubernetes, apart so that what strangers ask drops no caller's. known are the tokens
	// that were good before.
	accepted, refused, known *cache.LRUExpireCache
	// open are the questions that are being asked: whoever comes with the same one shares its answer.
	open singleflight.Group
}

// newReviewer needs a client that may create TokenReviews and SubjectAccessReviews.
func newReviewer(c client.Client, audience, namespace string, limits Limits) *reviewer {
	return &reviewer{
		client: c, audience: audience, namespace: namespace, limits: limits, turns: newTurns(limits),
		accepted: cache.NewLRUExpireCache(maxAnswers), refused: cache.NewLRUExpireCache(maxAnswers), known: cache.NewLRUExpireCache(maxAnswers),
	}
}

// identify finds out whose token it is. What a token looks like decides nothing: those of a webhook may look like anything, and
// what one says of itself before it is reviewed was written by whoever sends it.
func (r *reviewer) identify(ctx context.Context, token string, who asker) (*user, error) {
	key := sha256.Sum256([]byte("token " + token))
	_, who.known = r.known.Get(key)
	review := &authenticationv1.TokenReview{Spec: authenticationv1.TokenReviewSpec{Token: token, Audiences: []string{r.audience}}}
	answer, err := r.ask(ctx, key, who, review, func() any {
		if !review.Status.Authenticated || !slices.Contains(review.Status.Audiences, r.audience) {
			return nil
		}
		return &review.Status.User
	})
	if err != nil {
		return nil, err
	}
	caller, good := answer.(*user)
	if !good {
		r.known.Remove(key)
		return nil, ErrUnauthorized
	}
	r.known.Add(key, true, r.limits.KnownFor)
	return caller, nil
}

// allow is why a caller may not do something; nil: it may.
func (r *reviewer) allow(ctx context.Context, who *user, verb, resource string) error {
	review := &authorizationv1.SubjectAccessReview{Spec: authorizationv1.SubjectAccessReviewSpec{
		User: who.Username, UID: who.UID, Groups: who.Groups, Extra: map[string]authorizationv1.ExtraValue{},
		ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: r.namespace, Verb: verb, Group: APIGroup, Resource: resource},
	}}
	for name, values := range who.Extra {
		review.Spec.Extra[name] = authorizationv1.ExtraValue(values)
	}
	question, err := json.Marshal(review.Spec)
	if err != nil {
		return fmt.Errorf("encode a SubjectAccessReview: %w", err)
	}
	answer, err := r.ask(ctx, sha256.Sum256(append([]byte("access "), question...)), known, review, func() any {
		if !review.Status.Allowed {
			return nil
		}
		return true
	})
	if err == nil && answer == nil {
		return ErrForbidden
	}
	return err
}

// ask lets Kubernetes fill in a review, unless it did so lately or is about to. An answer of nil is a refusal.
func (r *reviewer) ask(ctx context.Context, key [sha256.Size]byte, who asker, review client.Object, verdict func() any) (any, error) {
	if answer, recent := r.answered(key); recent {
		return answer, nil
	}
	answer, err, _ := r.open.Do(string(key[:]), func() (any, error) {
		if answer, recent := r.answered(key); recent { // since a moment ago
			return answer, nil
		}
		// The others wait on when the one that asks is given up.
		ctx := context.WithoutCancel(ctx)
		give, err := r.turn(ctx, who)
		if err != nil {
			return nil, err
		}
		defer give()
		ctx, cancel := context.WithTimeout(ctx, r.limits.ReviewTime)
		defer cancel()
		if err := r.client.Create(ctx, review); err != nil {
			return nil, fmt.Errorf("check a caller with Kubernetes: %w: %w", ErrUnavailable, err)
		}
		answer := verdict()
		if answer == nil {
			r.refused.Add(key, answer, r.limits.RefusedFor)
		} else {
			r.accepted.Add(key, answer, r.limits.AcceptedFor)
		}
		return answer, nil
	})
	return answer, err
}

// answered is what Kubernetes answered lately.
func (r *reviewer) answered(key [sha256.Size]byte) (answer any, recent bool) {
	if answer, recent = r.accepted.Get(key); recent {
		return answer, true
	}
	return r.refused.Get(key)
}

// turn waits for one.
func (r *reviewer) turn(ctx context.Context, who asker) (give func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, r.limits.TurnTime)
	defer cancel()
	return r.turns.take(ctx, who)
}
