use super::*;

#[test]
fn the_built_in_rules_load() {
    let sources = RuleSet::built_in_with(&Parameters::default_set());
    match sources {
        Ok(rules) => assert_eq!(rules.rules().len(), 11),
        Err(errors) => panic!("{}", errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")),
    }
}

#[test]
#[ignore]
fn show_plans() {
    let rules = RuleSet::built_in();
    let engine = Engine::new(&rules, &Parameters::default_set()).unwrap();
    for (rule, prepared) in rules.rules().iter().zip(&engine.rules) {
        let (_, planned) = prepared.plan.as_ref().unwrap();
        println!("== {} needs {:?}", rule.head.id, planned.needs);
        println!("{}", datafusion::physical_plan::displayable(planned.plan.as_ref()).indent(false));
    }
}
