// The calls that we make, each with the messages that go there and back.
#pragma once

#include "cri/proto/content.pb.h"
#include "cri/proto/cri.pb.h"
#include "cri/proto/images.pb.h"
#include "cri/proto/leases.pb.h"
#include "rpc/method.h"
#include "rpc/refusal.h"

namespace kip::cri {

namespace api = ::runtime::v1;
namespace content = ::containerd::services::content::v1;
namespace images = ::containerd::services::images::v1;
namespace leases = ::containerd::services::leases::v1;

using rpc::Code;
using rpc::Method;
using rpc::Refusal;

namespace method {

// Of every CRI runtime.
constexpr Method<api::VersionRequest, api::VersionResponse> version{
    "/runtime.v1.RuntimeService/Version"};
constexpr Method<api::ListImagesRequest, api::ListImagesResponse> list_images{
    "/runtime.v1.ImageService/ListImages"};
constexpr Method<api::ImageStatusRequest, api::ImageStatusResponse> image_status{
    "/runtime.v1.ImageService/ImageStatus"};
constexpr Method<api::PullImageRequest, api::PullImageResponse> pull_image{
    "/runtime.v1.ImageService/PullImage"};
constexpr Method<api::ImageFsInfoRequest, api::ImageFsInfoResponse> image_fs_info{
    "/runtime.v1.ImageService/ImageFsInfo"};

// Of containerd alone: others answer Code::unimplemented.
constexpr Method<content::ListStatusesRequest, content::ListStatusesResponse> list_statuses{
    "/containerd.services.content.v1.Content/ListStatuses"};
constexpr Method<content::InfoRequest, content::InfoResponse> blob_info{
    "/containerd.services.content.v1.Content/Info"};
constexpr Method<images::GetImageRequest, images::GetImageResponse> get_record{
    "/containerd.services.images.v1.Images/Get"};
constexpr Method<images::ListImagesRequest, images::ListImagesResponse> list_records{
    "/containerd.services.images.v1.Images/List"};
constexpr Method<images::UpdateImageRequest, images::UpdateImageResponse> update_record{
    "/containerd.services.images.v1.Images/Update"};
constexpr Method<leases::CreateRequest, leases::CreateResponse> create_lease{
    "/containerd.services.leases.v1.Leases/Create"};
constexpr Method<leases::DeleteRequest, leases::DeleteResponse> delete_lease{
    "/containerd.services.leases.v1.Leases/Delete"};
constexpr Method<leases::ListRequest, leases::ListResponse> list_leases{
    "/containerd.services.leases.v1.Leases/List"};
constexpr Method<leases::ListResourcesRequest, leases::ListResourcesResponse> lease_resources{
    "/containerd.services.leases.v1.Leases/ListResources"};

}  // namespace method
}  // namespace kip::cri
