-- id: unattended-child
-- version: 1
-- procedure: help
-- subject: person
-- sensitivity: minor
-- title: 疑似事实无人抚养儿童未获保障
-- why: 此人{age}岁，登记的父母共{parents}人，均无法抚养：[死亡{dead}人（最近一次{died_on}）；][失踪满{missing_days}天{missing}人（最早报失踪{missing_since}）；][在押或强制戒毒已满或预计满{custody_days}天{in_custody}人（最早羁押{custody_since}）；][持有效残疾证（{grade}级或更重，智力、精神残疾{mental_grade}级或更重）{disabled}人；]目前未享受孤儿或事实无人抚养儿童保障[（此前的已于{ended_on}终止）]。
-- legal-basis: 民政部等《关于进一步加强事实无人抚养儿童保障工作的意见》（民发〔2019〕62号）；民政部、公安部、财政部《关于进一步做好事实无人抚养儿童保障有关工作的通知》（民发〔2020〕125号）
-- feeds: police, registry
-- also: health, social-security
-- due: 3 working days
-- occasion: event
-- clears: 纳入孤儿或事实无人抚养儿童保障，任一父母能够抚养（寻回、释放、残疾证失效或降级），来源记录被撤回，或年满18周岁

-- Every ground that a living parent has is shown and counted, so that one person may be counted under several; who is
-- dead is counted as dead only, because records of custody, missing or disability that nobody closed say nothing more.
-- The end of a benefit is new evidence: all else stays as it was when the benefit was granted.
WITH parent AS (
    SELECT r.person, r.relative, r.living, r.died_on, r.missing_since, r.custody_since,
           r.fact, r.fact_death, r.fact_missing, r.fact_custody, r.fact_custody_began, r.fact_certificate,
           r.living AND coalesce(days_between(r.missing_since, c.as_of) >= q.unattended_missing_days, false) AS missing,
           r.living AND (coalesce(days_between(r.custody_since, c.as_of) >= q.unattended_custody_days, false)
               OR coalesce(days_between(r.custody_since, r.custody_until) >= q.unattended_custody_days, false)) AS in_custody,
           r.living AND (coalesce(r.grade <= q.unattended_grade, false)
               OR coalesce(r.grade <= q.unattended_mental_grade AND r.category IN ('intellectual', 'mental'), false)) AS disabled
    FROM relative r
    CROSS JOIN clock c
    CROSS JOIN parameter q
    WHERE r.kind = 'parent'
)
SELECT p.person                  AS subject,
       'unattended-child'        AS occasion,
       p.age                     AS age,
       count(DISTINCT r.relative) AS parents,
       count(DISTINCT r.relative) FILTER (WHERE NOT r.living) AS dead,
       max(r.died_on)            AS died_on,
       q.unattended_missing_days AS missing_days,
       count(DISTINCT r.relative) FILTER (WHERE r.missing) AS missing,
       min(r.missing_since) FILTER (WHERE r.missing)       AS missing_since,
       q.unattended_custody_days AS custody_days,
       count(DISTINCT r.relative) FILTER (WHERE r.in_custody) AS in_custody,
       min(r.custody_since) FILTER (WHERE r.in_custody)    AS custody_since,
       q.unattended_grade        AS grade,
       q.unattended_mental_grade AS mental_grade,
       nullif(count(DISTINCT r.relative) FILTER (WHERE r.disabled), 0) AS disabled,
       max(x.ended_on)                                     AS ended_on,
       array_agg(r.fact_death)                                  AS triggers_death,
       array_agg(r.fact_missing) FILTER (WHERE r.missing)       AS triggers_missing,
       array_agg(r.fact_custody) FILTER (WHERE r.in_custody)    AS triggers_custody,
       array_agg(r.fact_certificate) FILTER (WHERE r.disabled)  AS triggers_certificate,
       array_agg(x.fact)                                        AS triggers_end,
       array_agg(r.fact)                                        AS links_relation,
       array_agg(r.fact_custody_began) FILTER (WHERE r.in_custody) AS facts_custody_began
FROM parent r
JOIN person p ON p.person = r.person
CROSS JOIN parameter q
LEFT JOIN ended_benefit x ON x.person = p.person AND x.program IN ('unattended-child', 'orphan')
WHERE p.living
  AND p.age < q.child_below_years
  AND NOT EXISTS (SELECT 1 FROM benefit b WHERE b.person = p.person AND b.program IN ('unattended-child', 'orphan'))
GROUP BY p.person, p.age, q.unattended_parents_people, q.unattended_missing_days, q.unattended_custody_days,
         q.unattended_grade, q.unattended_mental_grade
HAVING count(DISTINCT r.relative) >= q.unattended_parents_people
   AND bool_or(r.living)
   AND bool_and(NOT r.living OR r.missing OR r.in_custody OR r.disabled)
