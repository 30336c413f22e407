//! Clusters of several brokers: librdkafka's own, which tells replicas but no settings.

use rdkafka::mocking::MockCluster;

use super::*;
use crate::KafkaConfig;
use crate::kafka::reports::Reports;

#[test]
fn replicas_are_compared_with_what_is_wanted_and_with_the_cluster() {
    let cluster = MockCluster::new(3).unwrap();
    cluster.create_topic("one", 2, 1).unwrap();
    cluster.create_topic("three", 2, 3).unwrap();
    let config = KafkaConfig::new(cluster.bootstrap_servers(), "t");
    let topics = Topics::connect(&config, &Reports::default()).unwrap();
    let [one, three] = ["one", "three"].map(|name| Topic::new(name).unwrap());
    let layout = |replication| {
        let of = |topic: &Topic| TopicLayout { replication, ..TopicLayout::forever(topic.clone(), 2) };
        [of(&one), of(&three)]
    };
    let shape = |replication| topics.shape(&topics.metadata(None).unwrap(), &layout(replication)).unwrap();
    let alone = TopicDifference::OneReplica { topic: one.clone(), brokers: 3 };
    assert_eq!(alone.remedy(), Remedy::Advice);
    assert_eq!(shape(None), std::slice::from_ref(&alone));
    let few = TopicDifference::Replicas { topic: one.clone(), wanted: 3, found: 1 };
    assert_eq!(few.remedy(), Remedy::ByHand);
    assert_eq!(shape(Some(3)), [few]);
    let many = TopicDifference::Replicas { topic: three.clone(), wanted: 1, found: 3 };
    assert_eq!(shape(Some(1)), [alone, many]);
}

#[test]
fn a_larger_message_than_the_largest_does_no_harm() {
    assert!(suffices("max.message.bytes", "100", "100") && suffices("max.message.bytes", "100", "101"));
    assert!(!suffices("max.message.bytes", "100", "99"));
    assert!(!suffices("retention.ms", "-1", "604800000") && suffices("retention.ms", "-1", "-1"));
}
