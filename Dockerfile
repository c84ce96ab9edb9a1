# The same image as that of make image, by the same program. The digest says what is pulled, the tag is for people.
FROM docker.io/library/golang:1.26.9@sha256:f1f0bcc2c524a3ced375fcb4d1ecb7aa371aa7070e112599aaca45cc02d0101b AS build
ARG TARGETOS
ARG TARGETARCH
WORKDIR /src
COPY hack/image hack/image
RUN go build -C hack/image -o /usr/local/bin/image .
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG VERSION=unknown
ARG COMMIT=unknown
ARG DATE=1970-01-01T00:00:00Z
RUN image --source . --root /image --platforms "${TARGETOS:-linux}/${TARGETARCH:-$(go env GOARCH)}" \
    --version "$VERSION" --commit "$COMMIT" --date "$DATE"

FROM scratch
ARG VERSION=unknown
ARG COMMIT=unknown
ARG DATE=1970-01-01T00:00:00Z
LABEL org.opencontainers.image.title="cloudify-operator" \
      org.opencontainers.image.description="Kubernetes operator and Open Service Broker endpoint for Cloudify Manager" \
      org.opencontainers.image.source="https://github.com/cloudify-operator/cloudify-operator" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.created="$DATE"
COPY --from=build /image/ /
USER 65532:65532
ENTRYPOINT ["/manager"]
